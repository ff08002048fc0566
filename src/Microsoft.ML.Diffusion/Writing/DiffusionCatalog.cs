using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Extension methods of <c>mlContext.Transforms.Text</c> that write text by masked diffusion.</summary>
public static class DiffusionCatalog
{
    /// <summary>Generates a text that continues the prompt of each row.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The output column: text, or a vector of texts if Samples is above 1.</param>
    /// <param name="inputColumnName">
    /// The column with the prompts, text; an empty prompt generates text unconditionally. Null means the name of the output column.
    /// </param>
    /// <param name="options">
    /// The model and the generation settings; null for the defaults, with the embedded model. The arguments above override its column
    /// names.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("It was a dark night, and")]);
    ///
    /// var pipeline = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt");
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string story in model.Transform(data).GetColumn<string>("Story"))
    ///     Console.WriteLine(story);
    /// // Prints 64 tokens that continue the prompt, such as " then in the road ... was the end of this evening. ..."
    ///
    /// record Row(string Prompt);
    /// ]]></code>
    /// </example>
    public static DiffusionGenerateEstimator DiffusionGenerate(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null,
        DiffusionGenerateEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new DiffusionGenerateEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName,
            options ?? new DiffusionGenerateEstimator.Options());
    }

    /// <inheritdoc cref="DiffusionGenerate(TransformsCatalog.TextTransforms, string, string, DiffusionGenerateEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the generation settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row { Prompt = "It was a dark night, and" }]);
    /// var options = new DiffusionGenerateEstimator.Options
    /// {
    ///     OutputColumnName = "Story",
    ///     InputColumnName = "Prompt",
    ///     MaxNewTokens = 24,
    ///     Steps = 12,
    ///     Temperature = 0.8,
    /// };
    /// ITransformer model = mlContext.Transforms.Text.DiffusionGenerate(options).Fit(data);
    ///
    /// foreach (Row row in mlContext.Data.CreateEnumerable<Row>(model.Transform(data), reuseRowObject: false))
    ///     Console.WriteLine(row.Prompt + row.Story);
    /// // Prints the prompt and 24 tokens that continue it.
    ///
    /// class Row { public string Prompt { get; set; } = ""; public string Story { get; set; } = ""; }
    /// ]]></code>
    /// </example>
    public static DiffusionGenerateEstimator DiffusionGenerate(this TransformsCatalog.TextTransforms catalog,
        DiffusionGenerateEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        IHostEnvironment env = catalog.GetEnvironment();
        ColumnNames.Check(env, options.OutputColumnName, nameof(options.OutputColumnName), "the output column for the texts");
        ColumnNames.CheckOptional(env, options.InputColumnName, nameof(options.InputColumnName), "the column with the prompts",
            "the name of the output column");
        return catalog.DiffusionGenerate(options.OutputColumnName, options.InputColumnName, options);
    }

    /// <summary>
    /// Fills the gaps of the text of each row, a <see cref="TextTemplate"/>: <c>{5}</c> is a gap of 5 tokens, <c>{3..8}</c> is one of 3
    /// to 8, and <c>{}</c> is one whose length is between the options' ShortestGap and LongestGap; <c>{{</c> and <c>}}</c> are braces.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">
    /// The output column with the filled texts: text, or a vector of texts if Samples is above 1.
    /// </param>
    /// <param name="inputColumnName">The column with the templates, text. Null means the name of the output column.</param>
    /// <param name="options">
    /// The model and the generation settings; null for the defaults, with the embedded model. The arguments above override its column
    /// names.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("He took his {1} and went out of the {1..2}.")]);
    ///
    /// var pipeline = mlContext.Transforms.Text.Infill("Text", "Template");
    /// ITransformer model = pipeline.Fit(data);
    ///
    /// foreach (string text in model.Transform(data).GetColumn<string>("Text"))
    ///     Console.WriteLine(text);
    /// // Prints the text with its gaps filled, such as "He took his hand and went out of the window."
    ///
    /// record Row(string Template);
    /// ]]></code>
    /// </example>
    public static InfillEstimator Infill(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null,
        InfillEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new InfillEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName,
            options ?? new InfillEstimator.Options());
    }

    /// <inheritdoc cref="Infill(TransformsCatalog.TextTransforms, string, string, InfillEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and the generation settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Row("He put on {} and went out of the house.")]);
    /// var options = new InfillEstimator.Options
    /// {
    ///     OutputColumnName = "Text",
    ///     InputColumnName = "Template",
    ///     LongestGap = 3,
    ///     RequiredWords = ["hat"],
    /// };
    /// ITransformer model = mlContext.Transforms.Text.Infill(options).Fit(data);
    ///
    /// foreach (string text in model.Transform(data).GetColumn<string>("Text"))
    ///     Console.WriteLine(text);
    /// // Prints the text with one to three tokens in its gap, "hat" among them, such as "He put on his hat and ..."
    ///
    /// record Row(string Template);
    /// ]]></code>
    /// </example>
    public static InfillEstimator Infill(this TransformsCatalog.TextTransforms catalog, InfillEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        IHostEnvironment env = catalog.GetEnvironment();
        ColumnNames.Check(env, options.OutputColumnName, nameof(options.OutputColumnName), "the output column for the texts");
        ColumnNames.CheckOptional(env, options.InputColumnName, nameof(options.InputColumnName), "the column with the templates",
            "the name of the output column");
        return catalog.Infill(options.OutputColumnName, options.InputColumnName, options);
    }

    /// <summary>
    /// Trains a model to write texts like those of a column, each of which continues its prompt. Fit returns the same transformer as that
    /// of <see cref="DiffusionCatalog.DiffusionGenerate(TransformsCatalog.TextTransforms, DiffusionGenerateEstimator.Options)"/>, which
    /// reads only the prompts.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The output column of the transformer.</param>
    /// <param name="promptColumnName">The column with the prompts, text; a prompt may be empty.</param>
    /// <param name="textColumnName">The column with the training texts, text.</param>
    /// <param name="options">
    /// The model, the training settings and the generation settings; null for the defaults. The arguments above override its column names.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView texts = mlContext.Data.LoadFromEnumerable(
    ///     Enumerable.Range(1, 20).Select(i => new Example($"Question {i}:", $" How much is {i} and {i}?")));
    ///
    /// var trainer = mlContext.Transforms.Text.MaskedDiffusion("Story", promptColumnName: "Prompt", textColumnName: "Text");
    /// ITransformer model = trainer.Fit(texts);
    ///
    /// IDataView prompts = mlContext.Data.LoadFromEnumerable([new Row("Question 21:")]);
    /// foreach (string story in model.Transform(prompts).GetColumn<string>("Story"))
    ///     Console.WriteLine(story);
    /// // Prints 64 tokens. To learn to write like the texts, a model needs thousands of them.
    ///
    /// record Example(string Prompt, string Text);
    /// record Row(string Prompt);
    /// ]]></code>
    /// </example>
    public static MaskedDiffusionEstimator MaskedDiffusion(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string promptColumnName = "Prompt",
        string textColumnName = "Text", MaskedDiffusionEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new MaskedDiffusionEstimator(catalog.GetEnvironment(), outputColumnName, promptColumnName, textColumnName,
            options ?? new MaskedDiffusionEstimator.Options());
    }

    /// <inheritdoc cref="MaskedDiffusion(TransformsCatalog.TextTransforms, string, string, string, MaskedDiffusionEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model, the training settings and the generation settings.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView texts = mlContext.Data.LoadFromEnumerable(
    ///     Enumerable.Range(1, 6).Select(i => new Example($"Question {i}:", $" How much is {i} and {i}?")));
    /// var options = new MaskedDiffusionEstimator.Options
    /// {
    ///     OutputColumnName = "Story",
    ///     PromptColumnName = "Prompt",
    ///     TextColumnName = "Text",
    ///     Epochs = 2,
    ///     Generation = { MaxNewTokens = 12, Steps = 12 },
    /// };
    /// ITransformer model = mlContext.Transforms.Text.MaskedDiffusion(options).Fit(texts);
    ///
    /// foreach (string story in model.Transform(texts).GetColumn<string>("Story").Take(1))
    ///     Console.WriteLine("Question 1:" + story);
    /// // Prints the prompt and 12 tokens. To learn to write like the texts, a model needs thousands of them.
    ///
    /// record Example(string Prompt, string Text);
    /// ]]></code>
    /// </example>
    public static MaskedDiffusionEstimator MaskedDiffusion(this TransformsCatalog.TextTransforms catalog,
        MaskedDiffusionEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        IHostEnvironment env = catalog.GetEnvironment();
        ColumnNames.Check(env, options.OutputColumnName, nameof(options.OutputColumnName), "the output column for the texts");
        ColumnNames.Check(env, options.PromptColumnName, nameof(options.PromptColumnName), "the column with the prompts");
        ColumnNames.Check(env, options.TextColumnName, nameof(options.TextColumnName), "the column with the training texts");
        return catalog.MaskedDiffusion(options.OutputColumnName, options.PromptColumnName, options.TextColumnName, options);
    }
}
