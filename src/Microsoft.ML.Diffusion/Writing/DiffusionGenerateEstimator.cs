using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;
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
public sealed class DiffusionGenerateEstimator : WritingEstimator<DiffusionGenerateTransformer, GenerationSettings>
{
    internal DiffusionGenerateEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
        : base(env, nameof(DiffusionGenerateEstimator), outputColumnName, inputColumnName, options, (configuration, tokenizer, seed) => options.ToSettings(configuration, tokenizer, seed))
    {
    }

    private protected override DiffusionGenerateTransformer MakeTransformer(IHost host, WritingColumns columns, SharedModel<MaskedLanguageModel>.Hold hold, Tokenizer tokenizer, GenerationSettings settings) =>
        new(host, columns, hold, tokenizer, settings);

    /// <summary>How texts are written.</summary>
    public sealed class Options : GenerationOptions;
}
