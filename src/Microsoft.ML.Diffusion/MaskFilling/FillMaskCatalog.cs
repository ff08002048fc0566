using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Extension methods of <c>mlContext.Transforms.Text</c> that fill masks.</summary>
public static class FillMaskCatalog
{
    /// <summary>
    /// Predicts the tokens behind the masks of each row's text: the most probable ones, and their probabilities. A mask is spelled as the
    /// model's tokenizer spells it: <c>[MASK]</c>, or <c>&lt;mask&gt;</c> for the embedded model.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">
    /// The output column for the candidates: a vector of texts, TopK for the first mask, then as many for the second, and so on. The column
    /// for their probabilities is Score, unless the options name another.
    /// </param>
    /// <param name="inputColumnName">The column with the texts. Null means the name of the output column.</param>
    /// <param name="options">
    /// The model and the settings; null for the defaults, with the embedded model. The arguments above override its column names.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or a target is not a single token.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("He opened the <mask> and went out.")]);
    ///
    /// var pipeline = mlContext.Transforms.Text.FillMask("Candidates", "Text");
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string[] candidates in model.Transform(data).GetColumn<string[]>("Candidates"))
    ///     Console.WriteLine(string.Join(", ", candidates.Select(text => text.Trim())));
    /// // Output:
    /// // door, room, table, window, house
    ///
    /// record Row(string Text);
    /// ]]></code>
    /// </example>
    public static FillMaskEstimator FillMask(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null,
        FillMaskEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new FillMaskEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName,
            options ?? new FillMaskEstimator.Options());
    }

    /// <inheritdoc cref="FillMask(TransformsCatalog.TextTransforms, string, string, FillMaskEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("He opened the <mask> and went out.")]);
    /// var options = new FillMaskEstimator.Options
    /// {
    ///     OutputColumnName = "Candidates",
    ///     InputColumnName = "Text",
    ///     FilledColumnName = "Filled",
    ///     Targets = ["door", "window"],
    /// };
    /// ITransformer model = mlContext.Transforms.Text.FillMask(options).Fit(data);
    ///
    /// foreach (string text in model.Transform(data).GetColumn<string>("Filled"))
    ///     Console.WriteLine(text);
    /// // Output:
    /// // He opened the door and went out.
    ///
    /// record Row(string Text);
    /// ]]></code>
    /// </example>
    public static FillMaskEstimator FillMask(this TransformsCatalog.TextTransforms catalog, FillMaskEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        IHostEnvironment env = catalog.GetEnvironment();
        ColumnNames.Check(env, options.OutputColumnName, nameof(options.OutputColumnName), "the output column for the candidates");
        ColumnNames.CheckOptional(env, options.InputColumnName, nameof(options.InputColumnName), "the column with the texts",
            "the name of the output column");
        return catalog.FillMask(options.OutputColumnName, options.InputColumnName, options);
    }
}
