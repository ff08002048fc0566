using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.WritingEvaluation;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Measures of what was written, for <c>mlContext.Transforms.Text</c>.</summary>
public static class WritingCatalog
{
    /// <summary>
    /// Measures a column of texts as a whole: how varied they are, how much they repeat themselves and each other, and with a model how
    /// plausible they are to it. Give each figure beside that of as many human texts of equal length.
    /// </summary>
    /// <remarks>
    /// The data is read once. In memory are 4 bytes for each word and the distinct words; time is in proportion to the words, times
    /// <see cref="WritingEvaluationOptions.LongestRun"/>. A model runs once for each token of each text that it judges.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data.</param>
    /// <param name="textColumnName">The column, text or a vector of texts, each of which counts. Missing and empty texts are counted and left out.</param>
    /// <param name="options">What is measured; null for what needs no model.</param>
    /// <exception cref="ArgumentException">The column is missing or of another type, or an option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The options' token, or the context, was cancelled.</exception>
    public static WritingMetrics EvaluateWriting(
        this TransformsCatalog.TextTransforms catalog, IDataView data, string textColumnName = "Text", WritingEvaluationOptions? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateWriting));
        host.CheckValue(data, nameof(data));
        host.CheckNonWhiteSpace(textColumnName, nameof(textColumnName));
        return WritingEvaluation.Of(host, data, textColumnName, options ?? new WritingEvaluationOptions());
    }
}
