using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="InfillTransformer"/>: fills the gaps of the text of each row, with a
/// masked-diffusion model.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Input: [Text](xref:Microsoft.ML.Data.TextDataViewType) (the templates) |
/// | Output column data type | Output: [Text](xref:Microsoft.ML.Data.TextDataViewType), or known-sized vector of Text (if Samples is above 1); Trace: Text, or known-sized vector of Text (like Output, only if TraceColumnName is set) |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The text between the gaps stays unchanged, character for character. The text of a row depends only on its template, the options and the
/// seed. A missing template is treated as an empty text. Special tokens are never generated.
///
/// The model is read when [Fit](xref:Microsoft.ML.IEstimator`1.Fit*) is called. All transformers of one estimator share the model. It is
/// released when the last of them is disposed.
/// ]]></format>
/// </remarks>
/// <seealso cref="DiffusionCatalog.Infill(TransformsCatalog.TextTransforms, InfillEstimator.Options)"/>
public sealed class InfillEstimator : WritingEstimator<InfillTransformer, InfillingSettings>
{
    internal InfillEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
        : base(env, outputColumnName, inputColumnName, options,
            (configuration, tokenizer, seed) => options.ToSettings(configuration, tokenizer, seed))
    {
    }

    private protected override InfillTransformer MakeTransformer(IHost host, WritingColumns columns,
        SharedModel<MaskedLanguageModel>.Hold hold, Tokenizer tokenizer, InfillingSettings settings) =>
        new(host, columns, hold, tokenizer, settings);

    /// <summary>
    /// The options: the columns, the model, and the settings for filling gaps. <see cref="InfillingSettings"/> has more about each.
    /// </summary>
    public sealed class Options : DenoisingOptions, IWriterOptions
    {
        /// <summary>The output column: text, or a vector of texts if Samples is above 1.</summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>The column with the templates, text. Null stands for the output column's name.</summary>
        public string? InputColumnName { get; set; }

        /// <summary>The model: the embedded one, or a Hugging Face directory with a masked-language head.</summary>
        public EncoderModel Model { get; set; } = EncoderModel.Default;

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

        /// <summary>
        /// The seed of all noise; null draws one from the context's random numbers when the estimator is created, and keeps it.
        /// </summary>
        public int? Seed { get; set; }

        /// <summary>The minimum number of tokens of a gap <c>{}</c>.</summary>
        public int ShortestGap { get; set; } = 1;

        /// <summary>The maximum number of tokens of a gap <c>{}</c>.</summary>
        public int LongestGap { get; set; } = 8;

        /// <summary>
        /// The maximum number of candidates for a text: combinations of gap lengths and of places of the required words. All are tried
        /// together in one batch.
        /// </summary>
        public int MaxCandidates { get; set; } = 32;

        /// <summary>
        /// Words or phrases that must appear: each is written once into one of the gaps of every row's text, as a whole word.
        /// </summary>
        public IReadOnlyList<string> RequiredWords { get; set; } = [];

        /// <summary>
        /// The policy for a template that is malformed, too long, or has no room for the required words. A warning counts the templates
        /// that are left unchanged.
        /// </summary>
        public TemplateError TemplateError { get; set; } = TemplateError.Error;

        /// <summary>Converts the options to the settings of Core and checks them, for a model of this configuration.</summary>
        /// <param name="configuration">The model's configuration.</param>
        /// <param name="tokenizer">The model's tokenizer.</param>
        /// <param name="seed">The seed, already drawn if <see cref="Seed"/> is null.</param>
        /// <exception cref="ArgumentException">An option is out of range.</exception>
        internal InfillingSettings ToSettings(EncoderConfiguration configuration, Tokenizer tokenizer, int seed)
        {
            var settings = new InfillingSettings(ToDenoisingSettings(tokenizer, seed))
            {
                ShortestGap = ShortestGap,
                LongestGap = LongestGap,
                MaxCandidates = MaxCandidates,
                RequiredWords = RequiredWords is null ? null! : [.. RequiredWords],
                MaxLength = configuration.MaxLength,
                Samples = Samples,
                TemplateError = TemplateError,
            };
            settings.Validate();
            return settings;
        }
    }
}
