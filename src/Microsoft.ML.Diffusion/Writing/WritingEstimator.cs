using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The base class of estimators whose transformers write and that have nothing to train: Fit checks the schema and reads the model.
/// </summary>
/// <typeparam name="TTransformer">The transformer.</typeparam>
/// <typeparam name="TSettings">The settings for writing.</typeparam>
public abstract class WritingEstimator<TTransformer, TSettings> : IEstimator<TTransformer>
    where TTransformer : ModelTransformerBase<MaskedLanguageModel>
    where TSettings : DenoisingSettings
{
    private readonly IHost _host;
    private readonly WritingColumns _columns;
    private readonly ModelLoader<MaskedLanguageModel> _model;
    private readonly Tokenizer _tokenizer;
    private readonly TSettings _settings;
    private readonly int _samples;
    private readonly IWriterOptions _given; // the caller's object; its token is read when Fit is called

    /// <summary>Checks the arguments.</summary>
    /// <param name="env">The environment.</param>
    /// <param name="outputColumnName">The output column.</param>
    /// <param name="inputColumnName">The input column, with prompts or templates.</param>
    /// <param name="options">The options.</param>
    /// <param name="toSettings">Converts the options to settings for a model's configuration, tokenizer and seed.</param>
    private protected WritingEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, IWriterOptions options,
        Func<EncoderConfiguration, Tokenizer, int, TSettings> toSettings)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(inputColumnName, nameof(inputColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        TextColumns.CheckTrace(env, options.TraceColumnName, outputColumnName);
        MLNetVersion.Check(env);
        _host = env.Register(GetType().Name);
        EngineChoice.Check(_host, options.Threads, options.Model.IsQuantized);
        (_columns, _model) = (new WritingColumns(outputColumnName, inputColumnName, options.TraceColumnName),
            new ModelLoader<MaskedLanguageModel>(
                _host, options.Threads, options.Model.IsQuantized, options.Model.LoadMaskedLanguageModel));
        var model = new OpenedModel(options.Model);
        _tokenizer = model.Tokenizer;
        _settings = toSettings(model.Configuration, _tokenizer, options.Seed ?? _host.Rand.Next());
        _samples = options.Samples;
        _given = options;
    }

    /// <summary>Checks the schema and reads the model; there is nothing to train, and no row is read.</summary>
    /// <param name="input">Data with the column of prompts or templates.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is not text.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The options' token or the context was canceled.</exception>
    public TTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        TextColumns.Find(_host, input.Schema, _columns.Input, "input");
        return _model.Fit(GetType().Name, hold => MakeTransformer(_host, _columns, hold, _tokenizer, _settings), _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(_host, inputSchema, _columns.Input, "input");
        return _columns.AddTo(inputSchema, _samples);
    }

    /// <summary>Creates the transformer, which releases the model when it is disposed.</summary>
    private protected abstract TTransformer MakeTransformer(IHost host, WritingColumns columns, SharedModel<MaskedLanguageModel>.Hold hold,
        Tokenizer tokenizer, TSettings settings);
}
