using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.MaskFilling;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="FillMaskTransformer"/>: predicts the tokens behind the masks of each row's
/// text, with an encoder and its masked-language head.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Input: [Text](xref:Microsoft.ML.Data.TextDataViewType) (the texts with masks) |
/// | Output column data type | Output: variable-sized vector of [Text](xref:Microsoft.ML.Data.TextDataViewType) (the candidates); Score: variable-sized vector of [Single](xref:System.Single) (their probabilities); Filled: Text (only if FilledColumnName is set) |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// A mask is spelled as the model's tokenizer spells it: `[MASK]`, or `<mask>` for the embedded model. A text may have several masks. Each
/// is predicted by itself in one run of the model, while the others stay masks. The vectors hold the TopK candidates of the first mask,
/// then those of the second, and so on. They are empty for a text without a mask; a warning counts such texts. A missing text is treated
/// as an empty one.
///
/// The model is read when [Fit](xref:Microsoft.ML.IEstimator`1.Fit*) is called. All transformers of one estimator share the model. It is
/// released when the last of them is disposed.
/// ]]></format>
/// </remarks>
/// <seealso cref="FillMaskCatalog.FillMask(TransformsCatalog.TextTransforms, FillMaskEstimator.Options)"/>
public sealed class FillMaskEstimator : IEstimator<FillMaskTransformer>
{
    private readonly IHost _host;
    private readonly MaskFillingColumns _columns;
    private readonly ModelLoader<MaskedLanguageModel> _model;
    private readonly Tokenizer _tokenizer;
    private readonly MaskFillingSettings _settings;
    private readonly Options _given; // the caller's object; its token is read when Fit is called

    /// <summary>Checks the arguments and the model's config.json and tokenizer.</summary>
    internal FillMaskEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(inputColumnName, nameof(inputColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        MLNetVersion.Check(env);
        _host = env.Register(nameof(FillMaskEstimator));
        EngineChoice.Check(_host, options.Threads, options.Model.IsQuantized);
        _columns = new MaskFillingColumns(outputColumnName, inputColumnName, options.ScoreColumnName, options.FilledColumnName);
        _columns.Check(_host);
        var model = new OpenedModel(options.Model);
        _tokenizer = model.Tokenizer;
        int longest = model.Configuration.MaxLength;
        _host.CheckUserArg(options.MaxLength <= longest, nameof(options.MaxLength),
            $"It is {options.MaxLength} tokens; expected at most {longest}, the encoder's maximum, or 0 for the model's own");
        _settings = new MaskFillingSettings
        {
            TopK = options.TopK,
            Targets = options.Targets is null ? null : [.. options.Targets],
            MaxLength = options.MaxLength == 0 ? options.Model.MaxLength : options.MaxLength,
        };
        _settings.Validate(_tokenizer);
        _model = new ModelLoader<MaskedLanguageModel>(
            _host, options.Threads, options.Model.IsQuantized, options.Model.LoadMaskedLanguageModel);
        _given = options;
    }

    /// <summary>Checks the schema and reads the model; there is nothing to train, and no row is read.</summary>
    /// <param name="input">Data with the column of texts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is not text.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read, or has no masked-language head.</exception>
    /// <exception cref="OperationCanceledException">The options' token or the context was canceled.</exception>
    public FillMaskTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        TextColumns.Find(_host, input.Schema, _columns.Input, "input");
        return _model.Fit(nameof(FillMaskEstimator), hold => new FillMaskTransformer(_host, _columns, hold, _tokenizer, _settings),
            _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(_host, inputSchema, _columns.Input, "input");
        return _columns.AddTo(inputSchema);
    }

    /// <summary>
    /// The options: the columns, the model, and the settings for filling masks. <see cref="MaskFillingSettings"/> has more about each.
    /// </summary>
    public sealed class Options
    {
        /// <summary>
        /// The output column for the candidates: a vector of texts, <see cref="TopK"/> for the first mask, then as many for the second, and
        /// so on.
        /// </summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>
        /// The column with the texts, in which masks are spelled as by the model's tokenizer. Null stands for the output column's name.
        /// </summary>
        public string? InputColumnName { get; set; }

        /// <summary>The output column for the probabilities of the candidates, in the same order.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>
        /// The output column for the texts with the most probable candidate in place of each mask; null for no such column.
        /// </summary>
        public string? FilledColumnName { get; set; }

        /// <summary>The model: the embedded one, or a Hugging Face directory with a masked-language head.</summary>
        public EncoderModel Model { get; set; } = EncoderModel.Default;

        /// <summary>The number of candidates for a mask; with fewer <see cref="Targets"/>, as many as there are targets.</summary>
        public int TopK { get; set; } = 5;

        /// <summary>
        /// The only words that are ranked, each a single token of the vocabulary; null for all tokens. Their probabilities are those in the
        /// whole vocabulary.
        /// </summary>
        public IReadOnlyList<string>? Targets { get; set; }

        /// <summary>
        /// The maximum number of tokens of a text, special tokens included; a longer text is cut at the end and counted in a warning, with
        /// its masks in that end. 0 for <see cref="EncoderModel.MaxLength"/>.
        /// </summary>
        public int MaxLength { get; set; }

        /// <summary>
        /// Cancels Fit, which only reads the model, and afterwards the transformer's cursors: each throws an
        /// <see cref="OperationCanceledException"/> within a fraction of a second. The token is read when Fit is called, so another may be
        /// set for the next Fit. It is not saved. To use the transformer after this token is canceled, set the transformer's own
        /// CancellationToken.
        /// </summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>
        /// The number of threads; 0 for one per processor. Results do not depend on it, and it is not saved: a loaded model uses all
        /// processors, or the number in its transformer's Threads.
        /// </summary>
        public int Threads { get; set; }
    }
}
