using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> for the <see cref="DiffusionGenerateTransformer"/>: generates a text that continues the prompt of
/// each row, with a masked-diffusion model.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Input: [Text](xref:Microsoft.ML.Data.TextDataViewType) (the prompts) |
/// | Output column data type | Output: [Text](xref:Microsoft.ML.Data.TextDataViewType), or known-sized vector of Text (if Samples is above 1); Trace: Text, or known-sized vector of Text (like Output, only if TraceColumnName is set) |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// All positions after the prompt start masked. In each step the model fills in some of them, in parallel (Sahoo et al., MDLM, 2024).
/// The text of a row depends only on its prompt, the options and the seed: not on its position, on other rows, or on the number of
/// threads. A missing prompt is treated as an empty one; the text is then unconditional. Special tokens are never generated.
///
/// The model is read when [Fit](xref:Microsoft.ML.IEstimator`1.Fit*) is called. All transformers of one estimator share the model. It is
/// released when the last of them is disposed.
/// ]]></format>
/// </remarks>
/// <seealso cref="DiffusionCatalog.DiffusionGenerate(TransformsCatalog.TextTransforms, DiffusionGenerateEstimator.Options)"/>
public sealed class DiffusionGenerateEstimator : WritingEstimator<DiffusionGenerateTransformer, GenerationSettings>
{
    internal DiffusionGenerateEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
        : base(env, outputColumnName, inputColumnName, options,
            (configuration, tokenizer, seed) => options.ToSettings(configuration, tokenizer, seed))
    {
    }

    private protected override DiffusionGenerateTransformer MakeTransformer(IHost host, WritingColumns columns,
        SharedModel<MaskedLanguageModel>.Hold hold, Tokenizer tokenizer, GenerationSettings settings) =>
        new(host, columns, hold, tokenizer, settings);

    /// <summary>The options: the columns, the model, and the settings for writing.</summary>
    public sealed class Options : GenerationOptions, IWriterOptions
    {
        /// <summary>The output column: text, or a vector of texts if Samples is above 1.</summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>
        /// The column with the prompts, text; for an empty prompt the text is written unconditionally. Null stands for the output column's
        /// name.
        /// </summary>
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
    }
}
