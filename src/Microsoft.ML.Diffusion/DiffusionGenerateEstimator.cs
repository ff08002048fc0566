using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="DiffusionGenerateTransformer"/>: writes a text after each row's prompt with
/// a masked-diffusion model.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType) |
/// | Output column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), or a known-sized vector of it where Samples is above 1 |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// All positions after the prompt start masked, and step by step the model fills some in, in parallel (Sahoo et al., MDLM, 2024).
/// A row's text is a function of its prompt, the options and the seed alone: not of its place, of other rows, or of the number of
/// threads. A missing prompt is an empty one, and writes unconditionally. Special tokens are never written.
///
/// The model is read when [Fit](xref:Microsoft.ML.IEstimator`1.Fit*) is called. Transformers that come from one estimator share it,
/// and the last of them to be disposed frees it.
/// ]]></format>
/// </remarks>
/// <seealso cref="DiffusionCatalog.DiffusionGenerate"/>
public sealed class DiffusionGenerateEstimator : IEstimator<DiffusionGenerateTransformer>
{
    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly ModelLoader _model;
    private readonly Tokenizer _tokenizer;
    private readonly string? _traceColumnName;
    private readonly GenerationSettings _settings;

    internal DiffusionGenerateEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(inputColumnName, nameof(inputColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        TextColumns.CheckTrace(env, options.TraceColumnName, outputColumnName);
        MLNetVersion.Check(env);
        _host = env.Register(nameof(DiffusionGenerateEstimator));
        EngineChoice.Check(_host);
        _traceColumnName = options.TraceColumnName;
        (_outputColumnName, _inputColumnName, _model) = (outputColumnName, inputColumnName, new ModelLoader(_host, options.Model));
        _tokenizer = options.Model.Tokenizer;
        _settings = options.ToSettings(EncoderCheckpoint.ReadConfiguration(options.Model.Files), _tokenizer, options.Seed ?? _host.Rand.Next());
    }

    /// <summary>Checks the schema and reads the model; there is nothing to learn, and no row is read.</summary>
    /// <param name="input">Data with the column of prompts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column of prompts is missing, or is not text.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    public DiffusionGenerateTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        TextColumns.Find(_host, input.Schema, _inputColumnName, "input");
        SharedModel<MaskedLanguageModel>.Hold hold = _model.Load();
        try
        {
            return new DiffusionGenerateTransformer(_host, _outputColumnName, _inputColumnName, hold, _tokenizer, _settings, _traceColumnName);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(_host, inputSchema, _inputColumnName, "input");
        return TextColumns.WithOutputs(inputSchema, _traceColumnName is null ? [_outputColumnName] : [_outputColumnName, _traceColumnName], _settings.Samples);
    }

    /// <summary>How texts are written.</summary>
    public sealed class Options : GenerationOptions;
}
