using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <c>mlContext.Transforms.Text</c> that apply a model that is already fine-tuned, such as a Hugging Face directory
/// for sentiment: it predicts at once, without training data.
/// </summary>
public static class ScoringCatalog
{
    /// <summary>Classifies texts or pairs of texts with a fine-tuned model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</param>
    /// <param name="outputColumnName">The output column for the predicted class: a key with the names of the model's classes.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the classes.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the model is fine-tuned for another task; the message names the method for it.
    /// </exception>
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
    /// var pipeline = mlContext.Transforms.Text.ApplyTextClassification(model, sentence1ColumnName: "Text")
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer transformer = pipeline.Fit(data);
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
    public static TextClassificationScoringEstimator ApplyTextClassification(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string outputColumnName = "PredictedLabel",
        string scoreColumnName = "Score", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null)
    {
        return catalog.ApplyTextClassification(new TextClassificationScoringEstimator.Options
        {
            Model = model,
            OutputColumnName = outputColumnName,
            ScoreColumnName = scoreColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        });
    }

    /// <inheritdoc cref="ApplyTextClassification(TransformsCatalog.TextTransforms, EncoderModel, string, string, string, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model and the columns.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Review("A wonderful film."), new Review("I was bored.")]);
    /// var options = new TextClassificationScoringEstimator.Options
    /// {
    ///     Model = EncoderModel.FromDirectory("sentiment-model"),
    ///     Sentence1ColumnName = "Text",
    ///     MaxLength = 128,
    /// };
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyTextClassification(options).Fit(data);
    ///
    /// foreach (float[] scores in transformer.Transform(data).GetColumn<float[]>("Score"))
    ///     Console.WriteLine(string.Join(' ', scores.Select(score => $"{score:F2}")));
    /// // Prints the probabilities of the classes for each text, such as "0.03 0.97".
    ///
    /// record Review(string Text);
    /// ]]></code>
    /// </example>
    public static TextClassificationScoringEstimator ApplyTextClassification(
        this TransformsCatalog.TextTransforms catalog, TextClassificationScoringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new TextClassificationScoringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Predicts the labels of texts or pairs of texts with a fine-tuned model. A text may have any number of labels.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</param>
    /// <param name="outputColumnName">
    /// The output column for the predicted labels: a vector of keys with the names of the model's labels.
    /// </param>
    /// <param name="scoreColumnName">The output column for the probabilities of the labels.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the model is fine-tuned for another task; the message names the method for it.
    /// </exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Sentence("The ship sailed."), new Sentence("The horse ran.")]);
    /// EncoderModel model = EncoderModel.FromDirectory("topics-model");
    ///
    /// var pipeline = mlContext.Transforms.Text.ApplyMultiLabelClassification(model, sentence1ColumnName: "Text")
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// ITransformer transformer = pipeline.Fit(data);
    ///
    /// foreach (string[] labels in transformer.Transform(data).GetColumn<string[]>("PredictedLabel"))
    ///     Console.WriteLine(string.Join(' ', labels));
    /// // Output:
    /// // sea
    /// // land animal
    ///
    /// record Sentence(string Text);
    /// ]]></code>
    /// </example>
    public static MultiLabelClassificationScoringEstimator ApplyMultiLabelClassification(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string outputColumnName = "PredictedLabel",
        string scoreColumnName = "Score", string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null)
    {
        return catalog.ApplyMultiLabelClassification(new MultiLabelClassificationScoringEstimator.Options
        {
            Model = model,
            OutputColumnName = outputColumnName,
            ScoreColumnName = scoreColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        });
    }

    /// <inheritdoc cref="ApplyMultiLabelClassification(TransformsCatalog.TextTransforms, EncoderModel, string, string, string, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model, the columns and the threshold.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Sentence("The ship sailed."), new Sentence("The horse ran.")]);
    /// var options = new MultiLabelClassificationScoringEstimator.Options
    /// {
    ///     Model = EncoderModel.FromDirectory("topics-model"),
    ///     Sentence1ColumnName = "Text",
    ///     Threshold = 0.9,
    /// };
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyMultiLabelClassification(options).Fit(data);
    ///
    /// foreach (float[] scores in transformer.Transform(data).GetColumn<float[]>("Score"))
    ///     Console.WriteLine(string.Join(' ', scores.Select(score => $"{score:F2}")));
    /// // Prints the probability of each label for each text, such as "0.97 0.02 0.03".
    ///
    /// record Sentence(string Text);
    /// ]]></code>
    /// </example>
    public static MultiLabelClassificationScoringEstimator ApplyMultiLabelClassification(
        this TransformsCatalog.TextTransforms catalog, MultiLabelClassificationScoringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new MultiLabelClassificationScoringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Predicts a number for pairs of texts, such as their similarity, or for single texts, with a fine-tuned model.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</param>
    /// <param name="scoreColumnName">The output column for the predicted numbers.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the model is fine-tuned for another task; the message names the method for it.
    /// </exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Pair("The ship sailed.", "A ship was sailing."), new Pair("The ship sailed.", "It rained all day.")]);
    /// EncoderModel model = EncoderModel.FromDirectory("similarity-model");
    ///
    /// ITransformer transformer = mlContext.Transforms.Text.ApplySentenceSimilarity(model).Fit(data);
    ///
    /// foreach (float score in transformer.Transform(data).GetColumn<float>("Score"))
    ///     Console.WriteLine($"{score:F1}");
    /// // Prints two numbers, of which the first is near 5 and the second near 0.
    ///
    /// record Pair(string Sentence1, string Sentence2);
    /// ]]></code>
    /// </example>
    public static SentenceSimilarityScoringEstimator ApplySentenceSimilarity(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string scoreColumnName = "Score",
        string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = "Sentence2")
    {
        return catalog.ApplySentenceSimilarity(new SentenceSimilarityScoringEstimator.Options
        {
            Model = model,
            ScoreColumnName = scoreColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
        });
    }

    /// <inheritdoc cref="ApplySentenceSimilarity(TransformsCatalog.TextTransforms, EncoderModel, string, string, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model and the columns.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    ///     [new Candidate("The ship sailed.", "A ship was sailing."), new Candidate("The ship sailed.", "It rained all day.")]);
    /// var options = new SentenceSimilarityScoringEstimator.Options
    /// {
    ///     Model = EncoderModel.FromDirectory("similarity-model"), // or a cross-encoder that ranks passages
    ///     Sentence1ColumnName = "Query",
    ///     Sentence2ColumnName = "Passage",
    /// };
    /// ITransformer transformer = mlContext.Transforms.Text.ApplySentenceSimilarity(options).Fit(data);
    ///
    /// foreach (float score in transformer.Transform(data).GetColumn<float>("Score"))
    ///     Console.WriteLine($"{score:F1}");
    /// // Prints a number for each pair, the larger one for the first.
    ///
    /// record Candidate(string Query, string Passage);
    /// ]]></code>
    /// </example>
    public static SentenceSimilarityScoringEstimator ApplySentenceSimilarity(
        this TransformsCatalog.TextTransforms catalog, SentenceSimilarityScoringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new SentenceSimilarityScoringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Finds the answers to questions in texts with a fine-tuned model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</param>
    /// <param name="contextColumnName">The column with the contexts, which are the texts that may hold the answers; text.</param>
    /// <param name="questionColumnName">The column with the questions; text.</param>
    /// <param name="predictedAnswerColumnName">The output column for the answers.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the answers.</param>
    /// <param name="topK">The maximum number of answers for a row.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the model is fine-tuned for another task; the message names the method for it.
    /// </exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Asked("Anna was born in London in 1832.", "Where was Anna born?")]);
    /// EncoderModel model = EncoderModel.FromDirectory("question-model");
    ///
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyQuestionAnswering(model).Fit(data);
    ///
    /// foreach (string[] answers in transformer.Transform(data).GetColumn<string[]>("Answer"))
    ///     Console.WriteLine(answers[0]);
    /// // Output:
    /// // London
    ///
    /// record Asked(string Context, string Question);
    /// ]]></code>
    /// </example>
    public static QuestionAnsweringScoringEstimator ApplyQuestionAnswering(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string contextColumnName = "Context",
        string questionColumnName = "Question", string predictedAnswerColumnName = "Answer", string scoreColumnName = "Score", int topK = 3)
    {
        return catalog.ApplyQuestionAnswering(new QuestionAnsweringScoringEstimator.Options
        {
            Model = model,
            ContextColumnName = contextColumnName,
            QuestionColumnName = questionColumnName,
            PredictedAnswerColumnName = predictedAnswerColumnName,
            ScoreColumnName = scoreColumnName,
            TopK = topK,
        });
    }

    /// <inheritdoc cref="ApplyQuestionAnswering(TransformsCatalog.TextTransforms, EncoderModel, string, string, string, string, int)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model, the columns and the settings for answering.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Asked("Anna was born in London in 1832.", "Where was Anna born?")]);
    /// var options = new QuestionAnsweringScoringEstimator.Options
    /// {
    ///     Model = EncoderModel.FromDirectory("question-model"),
    ///     MaxAnswerTokens = 15,
    ///     TopK = 1,
    /// };
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyQuestionAnswering(options).Fit(data);
    ///
    /// foreach (Found row in mlContext.Data.CreateEnumerable<Found>(transformer.Transform(data), reuseRowObject: false))
    ///     Console.WriteLine($"{row.Answer[0]}, from character {row.AnswerStart[0]}");
    /// // Output:
    /// // London, from character 17
    ///
    /// record Asked(string Context, string Question);
    /// class Found { public string[] Answer { get; set; } = []; public int[] AnswerStart { get; set; } = []; }
    /// ]]></code>
    /// </example>
    public static QuestionAnsweringScoringEstimator ApplyQuestionAnswering(
        this TransformsCatalog.TextTransforms catalog, QuestionAnsweringScoringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new QuestionAnsweringScoringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>Labels the words of texts, and so finds named entities, with a fine-tuned model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The fine-tuned model: <see cref="EncoderModel.FromDirectory"/> for a Hugging Face directory.</param>
    /// <param name="outputColumnName">
    /// The output column for the label of each word: a vector of keys with the names of the model's labels.
    /// </param>
    /// <param name="sentence1ColumnName">The column with the words: a vector of text, or a text, which is split into words.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or the model is fine-tuned for another task; the message names the method for it.
    /// </exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <exception cref="Diffusion.Text.TokenizerException">The tokenizer is missing, damaged or of an unsupported kind.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Text("Ann Lee left Rome."), new Text("It rained in Rome.")]);
    /// EncoderModel model = EncoderModel.FromDirectory("entity-model");
    ///
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyNamedEntityRecognition(model).Fit(data);
    ///
    /// foreach (string[] entities in transformer.Transform(data).GetColumn<string[]>("EntityText"))
    ///     Console.WriteLine(string.Join(", ", entities));
    /// // Output:
    /// // Ann Lee, Rome
    /// // Rome
    ///
    /// record Text(string Sentence);
    /// ]]></code>
    /// </example>
    public static NamedEntityRecognitionScoringEstimator ApplyNamedEntityRecognition(
        this TransformsCatalog.TextTransforms catalog, EncoderModel model, string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence")
    {
        return catalog.ApplyNamedEntityRecognition(new NamedEntityRecognitionScoringEstimator.Options
        {
            Model = model,
            OutputColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
        });
    }

    /// <inheritdoc cref="ApplyNamedEntityRecognition(TransformsCatalog.TextTransforms, EncoderModel, string, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The model, the columns and the settings for labeling.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable([new Text(["Ann", "Lee", "left", "Rome", "."])]);
    /// var options = new NamedEntityRecognitionScoringEstimator.Options
    /// {
    ///     Model = EncoderModel.FromDirectory("entity-model"),
    ///     ConstrainedDecoding = true,
    /// };
    /// ITransformer transformer = mlContext.Transforms.Text.ApplyNamedEntityRecognition(options).Fit(data);
    ///
    /// foreach (Found row in mlContext.Data.CreateEnumerable<Found>(transformer.Transform(data), reuseRowObject: false))
    ///     Console.WriteLine(string.Join(", ", row.EntityText.Zip(row.EntityType)));
    /// // Output:
    /// // (Ann Lee, PER), (Rome, LOC)
    ///
    /// record Text(string[] Sentence);
    /// class Found { public string[] EntityText { get; set; } = []; public string[] EntityType { get; set; } = []; }
    /// ]]></code>
    /// </example>
    public static NamedEntityRecognitionScoringEstimator ApplyNamedEntityRecognition(
        this TransformsCatalog.TextTransforms catalog, NamedEntityRecognitionScoringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new NamedEntityRecognitionScoringEstimator(catalog.GetEnvironment(), options);
    }
}
