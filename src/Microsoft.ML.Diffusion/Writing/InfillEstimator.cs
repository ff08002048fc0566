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
        : base(env, outputColumnName, inputColumnName, options, (configuration, tokenizer, seed) => options.ToSettings(configuration, tokenizer, seed))
    {
    }

    private protected override InfillTransformer MakeTransformer(IHost host, WritingColumns columns, SharedModel<MaskedLanguageModel>.Hold hold, Tokenizer tokenizer, InfillingSettings settings) =>
        new(host, columns, hold, tokenizer, settings);

    /// <summary>The columns, the model, and how gaps are filled. <see cref="InfillingSettings"/> says more of each.</summary>
    public sealed class Options : DenoisingOptions, IWriterOptions
    {
        /// <summary>The column that is written: text, or a vector of texts where Samples is above 1.</summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>The column with the templates, text. Null stands for the output column's name.</summary>
        public string? InputColumnName { get; set; }

        /// <summary>The model: the embedded one, or a Hugging Face directory with a masked-language head.</summary>
        public EncoderModel Model { get; set; } = EncoderModel.Default;

        /// <summary>
        /// Cancels Fit, which only reads the model, and afterwards the transformer's cursors: each throws an
        /// <see cref="OperationCanceledException"/> within a fraction of a second. It is read when Fit is called, so that another may be set for the
        /// next, and it is not saved. Set the transformer's own CancellationToken where it is to outlive this one.
        /// </summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>
        /// How many threads compute; 0 for one a processor. Results do not depend on it, and it is not saved: a model that is loaded computes on
        /// all, or on as many as its transformer's Threads is set to.
        /// </summary>
        public int Threads { get; set; }

        /// <summary>The seed of all noise; null draws one from the context's random numbers when the estimator is made, and keeps it.</summary>
        public int? Seed { get; set; }

        /// <summary>The fewest tokens of a gap <c>{}</c>.</summary>
        public int ShortestGap { get; set; } = 1;

        /// <summary>The most tokens of a gap <c>{}</c>.</summary>
        public int LongestGap { get; set; } = 8;

        /// <summary>The most combinations of gap lengths, and of places of the required words, that are tried for a text, all of them together in a batch.</summary>
        public int MaxCandidates { get; set; } = 32;

        /// <summary>Words, or phrases, each of which is written once into one of the gaps of every row's text, as a whole word.</summary>
        public IReadOnlyList<string> RequiredWords { get; set; } = [];

        /// <summary>What is done with a row's text that is mistyped, too long, or has no room for the required words; those left as they are are counted in a warning.</summary>
        public TemplateError TemplateError { get; set; } = TemplateError.Error;

        /// <summary>The settings that Core takes, checked, for a model of this configuration.</summary>
        /// <param name="configuration">The model's configuration.</param>
        /// <param name="tokenizer">The model's tokenizer.</param>
        /// <param name="seed">The seed, drawn where <see cref="Seed"/> is null.</param>
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
