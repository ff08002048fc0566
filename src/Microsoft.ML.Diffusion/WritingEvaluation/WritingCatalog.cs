using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.WritingEvaluation;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Extension methods of <c>mlContext.Transforms.Text</c> that evaluate generated texts.</summary>
public static class WritingCatalog
{
    /// <summary>
    /// Evaluates a column of texts as a whole: their diversity, their repetition within and between texts, and, with a model, how
    /// plausible the model finds them. Compare each figure with that of as many human texts of the same length.
    /// </summary>
    /// <remarks>
    /// The data is read once. The memory is 4 bytes for each word, plus the distinct words. The time is proportional to the number of words
    /// times <see cref="WritingEvaluationOptions.LongestRun"/>. A model runs once for each token of each text that it judges.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data.</param>
    /// <param name="textColumnName">
    /// The column: text, or a vector of texts, each of which counts. Missing and empty texts are counted and left out.
    /// </param>
    /// <param name="options">The settings of the evaluation; null for the defaults, without a model.</param>
    /// <exception cref="ArgumentException">The column is missing or has another type, or an option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The options' token or the context was cancelled.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Row("the cat sat on the mat"), new Row("the dog sat on the rug"), new Row("")]);
    ///
    /// WritingMetrics metrics = mlContext.Transforms.Text.EvaluateWriting(data, "Text");
    /// Console.WriteLine($"{metrics.Texts} texts, {metrics.Words} words, distinct-1 {metrics.Distinct[0]:F2}");
    /// // Output:
    /// // 2 texts, 12 words, distinct-1 0.58
    ///
    /// record Row(string Text);
    /// ]]></code>
    /// </example>
    public static WritingMetrics EvaluateWriting(
        this TransformsCatalog.TextTransforms catalog, IDataView data, string textColumnName = "Text",
        WritingEvaluationOptions? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateWriting));
        host.CheckValue(data, nameof(data));
        host.CheckNonWhiteSpace(textColumnName, nameof(textColumnName));
        return WritingEvaluation.Of(host, data, textColumnName, options ?? new WritingEvaluationOptions());
    }
}
