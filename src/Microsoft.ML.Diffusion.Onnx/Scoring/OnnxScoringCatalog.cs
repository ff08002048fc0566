using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Onnx.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <c>mlContext.Transforms.Text</c> for pipelines in which Microsoft.ML.OnnxTransformer computes a model of texts:
/// <c>TokenizeForOnnx</c> makes the model's inputs, and <c>PredictFromOnnx</c> reads its outputs.
/// </summary>
public static class OnnxScoringCatalog
{
    /// <summary>
    /// Tokenizes texts, or pairs of texts, for an ONNX model: columns of token ids, masks and token types, each a vector of Int64 of
    /// variable size without padding, so that <c>ApplyOnnxModel</c> computes one row a run.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model's configuration and tokenizer, such as <see cref="EncoderModel.FromDirectory"/> of the directory
    /// beside the ONNX file; its weights are not read.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <param name="maxLength">The maximum number of tokens, special tokens included; 0 for <see cref="EncoderModel.MaxLength"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Review("A wonderful film."), new Review("I was bored.")]);
    /// EncoderModel model = EncoderModel.FromDirectory("sentiment-model");
    ///
    /// ITransformer transformer = mlContext.Transforms.Text.TokenizeForOnnx(model, sentence1ColumnName: "Text")
    ///     .Append(mlContext.Transforms.ApplyOnnxModel(
    ///         outputColumnNames: ["logits"], inputColumnNames: ["input_ids", "attention_mask", "token_type_ids"],
    ///         modelFile: "sentiment-model/onnx/model.onnx"))
    ///     .Append(mlContext.Transforms.Text.PredictFromOnnx(model))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
    ///     .Fit(data);
    ///
    /// foreach (string label in transformer.Transform(data).GetColumn<string>("PredictedLabel"))
    ///     Console.WriteLine(label);
    /// // Output:
    /// // positive
    /// // negative
    ///
    /// record Review(string Text);
    /// ]]></code>
    /// </example>
    public static IEstimator<ITransformer> TokenizeForOnnx(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string sentence1ColumnName = "Sentence1",
        string? sentence2ColumnName = null, int maxLength = 0) => catalog.TokenizeForOnnx(new OnnxScoringOptions
        {
            Model = model,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
            MaxLength = maxLength,
        });

    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model and the columns.</param>
    /// <example><inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)"
    /// path="/example/node()"/></example>
    public static IEstimator<ITransformer> TokenizeForOnnx(this TransformsCatalog.TextTransforms catalog, OnnxScoringOptions options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHostEnvironment env = catalog.GetEnvironment();
        env.CheckValue(options, nameof(options));
        return new RowRecipeEstimator(env, SequenceScoringRecipes.Tokens(env, options));
    }

    /// <summary>Tokenizes the texts that a fine-tuned transformer reads for the ONNX model that was written of it.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="transformer">The transformer.</param>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)" path="/example"/>
    public static IEstimator<ITransformer> TokenizeForOnnx(
        this TransformsCatalog.TextTransforms catalog, BertSequenceTransformer transformer)
    {
        IHostEnvironment env = Check(catalog, transformer);
        return new RowRecipeEstimator(env, SequenceScoringRecipes.Tokens(transformer));
    }

    /// <summary>
    /// Tokenizes the questions and contexts that a transformer reads for the ONNX model that was written of it. A row is one window: the
    /// end of a longer context is not read, and a warning is logged.
    /// </summary>
    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, BertSequenceTransformer)"/>
    public static IEstimator<ITransformer> TokenizeForOnnx(
        this TransformsCatalog.TextTransforms catalog, BertQuestionAnsweringTransformer transformer)
    {
        IHostEnvironment env = Check(catalog, transformer);
        return new RowRecipeEstimator(env, new QuestionTokens(Questions(transformer), TokenColumns.Usual));
    }

    /// <summary>
    /// Tokenizes the words that a transformer reads for the ONNX model that was written of it. A row is one window: words beyond it are not
    /// read, and a warning is logged.
    /// </summary>
    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, BertSequenceTransformer)"/>
    public static IEstimator<ITransformer> TokenizeForOnnx(
        this TransformsCatalog.TextTransforms catalog, BertNamedEntityRecognitionTransformer transformer)
    {
        IHostEnvironment env = Check(catalog, transformer);
        return new RowRecipeEstimator(env, new WordTokens(Words(transformer), TokenColumns.Usual));
    }

    /// <summary>
    /// Turns the logits of an ONNX model into predicted labels with their names and probabilities, or into a number, as config.json says
    /// (<c>problem_type</c>, <c>id2label</c>).
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model's configuration and tokenizer; its weights are not read.</param>
    /// <param name="logitsColumnName">The column with the logits.</param>
    /// <param name="outputColumnName">The output column for the predicted label: a key, or a vector of keys if a text may have several
    /// labels. A model that predicts a number has none.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the labels, or for the number.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)" path="/example"/>
    public static IEstimator<ITransformer> PredictFromOnnx(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string logitsColumnName = "logits",
        string outputColumnName = "PredictedLabel", string scoreColumnName = "Score") => catalog.PredictFromOnnx(new OnnxScoringOptions
        {
            Model = model,
            LogitsColumnName = logitsColumnName,
            OutputColumnName = outputColumnName,
            ScoreColumnName = scoreColumnName,
        });

    /// <inheritdoc cref="PredictFromOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model and the columns.</param>
    /// <example><inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)"
    /// path="/example/node()"/></example>
    public static IEstimator<ITransformer> PredictFromOnnx(this TransformsCatalog.TextTransforms catalog, OnnxScoringOptions options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHostEnvironment env = catalog.GetEnvironment();
        env.CheckValue(options, nameof(options));
        return new RowRecipeEstimator(env, SequenceScoringRecipes.Labels(env, options));
    }

    /// <summary>
    /// Turns the logits of the ONNX model that was written of a transformer into the columns that the transformer adds, of the same names.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="transformer">The transformer.</param>
    /// <param name="logitsColumnName">The column with the logits.</param>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)" path="/example"/>
    public static IEstimator<ITransformer> PredictFromOnnx(
        this TransformsCatalog.TextTransforms catalog, BertSequenceTransformer transformer, string logitsColumnName = "logits")
    {
        IHostEnvironment env = Check(catalog, transformer);
        env.CheckNonWhiteSpace(logitsColumnName, nameof(logitsColumnName));
        return new RowRecipeEstimator(env, SequenceScoringRecipes.Labels(transformer, logitsColumnName));
    }

    /// <inheritdoc cref="PredictFromOnnx(TransformsCatalog.TextTransforms, BertSequenceTransformer, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="transformer">The transformer.</param>
    /// <param name="startLogitsColumnName">The column with the start logits.</param>
    /// <param name="endLogitsColumnName">The column with the end logits.</param>
    /// <example><inheritdoc cref="TokenizeForOnnx(TransformsCatalog.TextTransforms, EncoderModel, string, string, int)"
    /// path="/example/node()"/></example>
    public static IEstimator<ITransformer> PredictFromOnnx(
        this TransformsCatalog.TextTransforms catalog, BertQuestionAnsweringTransformer transformer,
        string startLogitsColumnName = "start_logits", string endLogitsColumnName = "end_logits")
    {
        IHostEnvironment env = Check(catalog, transformer);
        env.CheckNonWhiteSpace(startLogitsColumnName, nameof(startLogitsColumnName));
        env.CheckNonWhiteSpace(endLogitsColumnName, nameof(endLogitsColumnName));
        return new RowRecipeEstimator(env, new AnswerPrediction(
            Questions(transformer), transformer.DecoderOptions, transformer.TopK,
            [
                startLogitsColumnName, endLogitsColumnName, transformer.PredictedAnswerColumnName, transformer.ScoreColumnName,
                transformer.AnswerStartColumnName, transformer.NoAnswerMarginColumnName,
            ]));
    }

    /// <inheritdoc cref="PredictFromOnnx(TransformsCatalog.TextTransforms, BertSequenceTransformer, string)"/>
    public static IEstimator<ITransformer> PredictFromOnnx(
        this TransformsCatalog.TextTransforms catalog, BertNamedEntityRecognitionTransformer transformer,
        string logitsColumnName = "logits")
    {
        IHostEnvironment env = Check(catalog, transformer);
        env.CheckNonWhiteSpace(logitsColumnName, nameof(logitsColumnName));
        DataViewSchema.Column[] added = TransformerColumns.AddedBy(transformer, transformer.SentenceColumnName);
        return new RowRecipeEstimator(
            env, new EntityPrediction(Words(transformer), logitsColumnName, [.. added.Select(column => column.Name)]));
    }

    private static QuestionColumns Questions(BertQuestionAnsweringTransformer transformer) =>
        transformer.WithModel((model, tokenizer) => new QuestionColumns(
            TextModel.Of(model, tokenizer), transformer.ContextColumnName, transformer.QuestionColumnName, transformer.WindowOptions));

    private static WordColumns Words(BertNamedEntityRecognitionTransformer transformer) =>
        transformer.WithModel((model, tokenizer) => new WordColumns(
            TextModel.Of(model, tokenizer), transformer.SentenceColumnName, transformer.Splitting, transformer.ConstrainedDecoding,
            transformer.ClassifierOptions.Windows.MaxLength));

    private static IHostEnvironment Check(TransformsCatalog.TextTransforms catalog, ITransformer transformer)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHostEnvironment env = catalog.GetEnvironment();
        env.CheckValue(transformer, nameof(transformer));
        return env;
    }
}
