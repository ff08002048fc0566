using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods for question answering: of <c>mlContext.MulticlassClassification</c> and its <c>Trainers</c>, and, to read question
/// files, of <c>mlContext.Data</c>.
/// </summary>
public static class QuestionAnsweringCatalog
{
    /// <summary>Fine-tunes a model to find the answers to questions in texts.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="contextColumnName">The column with the contexts, which are the texts that may hold the answers; text.</param>
    /// <param name="questionColumnName">The column with the questions; text.</param>
    /// <param name="trainingAnswerColumnName">
    /// The column with the training answers as they are written in the contexts; text. An empty text means that there is no answer.
    /// </param>
    /// <param name="answerIndexColumnName">The column with the start of the answer, as a character position in the context; Int32.</param>
    /// <param name="predictedAnswerColumnName">The output column for the answers.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the answers.</param>
    /// <param name="topK">The maximum number of answers for a row.</param>
    /// <param name="batchSize">The maximum number of examples in a batch.</param>
    /// <param name="maxEpochs">
    /// The number of passes over the training data. Null takes 3, or as many as 100 steps need if the rows are few.
    /// </param>
    /// <param name="architecture">Has no effect; the model's directory determines the architecture.</param>
    /// <param name="validationSet">Rows that the model is evaluated on during training; the best model is kept. Null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Example("Anna was born in London in 1832.", "Where was Anna born?", "London", 17),
    ///     new Example("The ship left Bristol in May.", "Where did the ship start?", "Bristol", 14),
    /// ]);
    ///
    /// var trainer = mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(batchSize: 2, maxEpochs: 12);
    /// ITransformer model = trainer.Fit(data);
    ///
    /// foreach (string[] answers in model.Transform(data).GetColumn<string[]>("Answer"))
    ///     Console.WriteLine(answers[0]);
    /// // Output:
    /// // London
    /// // Bristol
    ///
    /// record Example(string Context, string Question, string TrainingAnswer, int AnswerIndex);
    /// ]]></code>
    /// </example>
    public static BertQuestionAnsweringEstimator BertQuestionAnswering(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string contextColumnName = "Context",
        string questionColumnName = "Question",
        string trainingAnswerColumnName = "TrainingAnswer", string answerIndexColumnName = "AnswerIndex",
        string predictedAnswerColumnName = "Answer",
        string scoreColumnName = "Score", int topK = 3, int batchSize = 32, int? maxEpochs = null,
        BertArchitecture architecture = BertArchitecture.Roberta,
        IDataView? validationSet = null)
    {
        return catalog.BertQuestionAnswering(new BertQuestionAnsweringEstimator.Options
        {
            ContextColumnName = contextColumnName,
            QuestionColumnName = questionColumnName,
            TrainingAnswerColumnName = trainingAnswerColumnName,
            AnswerIndexColumnName = answerIndexColumnName,
            PredictedAnswerColumnName = predictedAnswerColumnName,
            ScoreColumnName = scoreColumnName,
            TopK = topK,
        }.With(batchSize, maxEpochs, architecture, validationSet));
    }

    /// <inheritdoc cref="BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, string, int, int, int?, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model, the training settings and the settings for answering.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Data;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Example("Anna was born in London in 1832.", "Where was Anna born?", "London", 17),
    ///     new Example("The ship left in May.", "Where was Anna born?", "", -1), // no answer
    /// ]);
    /// var options = new BertQuestionAnsweringEstimator.Options { AllowNoAnswer = true, TopK = 1, Epochs = 12 };
    /// ITransformer model = mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options).Fit(data);
    ///
    /// foreach (Prediction row in mlContext.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false))
    ///     Console.WriteLine(row.Answer[0] == "" ? "no answer" : row.Answer[0]);
    /// // Output:
    /// // London
    /// // no answer
    ///
    /// record Example(string Context, string Question, string TrainingAnswer, int AnswerIndex);
    /// class Prediction { public string[] Answer { get; set; } = []; }
    /// ]]></code>
    /// </example>
    public static BertQuestionAnsweringEstimator BertQuestionAnswering(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertQuestionAnsweringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertQuestionAnsweringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Evaluates answers with the metrics of SQuAD's official scripts: exact match and F1 over all rows, over the rows with an answer and
    /// over the rows without one, and the best no-answer thresholds.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The output of a <see cref="BertQuestionAnsweringTransformer"/>.</param>
    /// <param name="answersColumnName">
    /// The column with the correct answers: text, or a vector of text; an empty text or vector means that there is no answer.
    /// </param>
    /// <param name="predictedAnswerColumnName">
    /// The column with the predicted answers: a vector of text; its first element is scored.
    /// </param>
    /// <param name="noAnswerMarginColumnName">The column with the no-answer margins, which thresholds are compared with; Single.</param>
    /// <returns>
    /// Fractions, by the rules of version 2.0 for rows without a correct answer and by those of version 1.1 for the others. Pass a
    /// threshold to <see cref="BertQuestionAnsweringTransformer.WithNoAnswerThreshold"/>. To find thresholds, the model must have
    /// answered with a TopK above 1, so that each row's answers include a text. The thresholds are the best ones for this data, so choose
    /// them on other data than the test data.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion.Tasks;
    ///
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Row("London", ["London", "1832"], -2), new Row("in May", ["May"], -1), // the predictions, best first
    /// ]);
    ///
    /// SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(data);
    /// Console.WriteLine($"exact match {report.Overall.ExactMatch:F2}, F1 {report.Overall.F1:F2}");
    /// // Output:
    /// // exact match 0.50, F1 0.83
    ///
    /// record Row(string Answers, string[] Answer, float NoAnswerMargin);
    /// ]]></code>
    /// </example>
    public static SquadReport EvaluateQuestionAnswering(
        this MulticlassClassificationCatalog catalog,
        IDataView data,
        string answersColumnName = "Answers",
        string predictedAnswerColumnName = "Answer",
        string noAnswerMarginColumnName = "NoAnswerMargin")
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(EvaluateQuestionAnswering));
        host.CheckValue(data, nameof(data));
        DataViewSchema.Column golds = Find(answersColumnName, "answers",
            type => type is TextDataViewType or VectorDataViewType { ItemType: TextDataViewType }, "String or a vector of it");
        DataViewSchema.Column predicted = Find(predictedAnswerColumnName, "predicted answer",
            type => type is VectorDataViewType { ItemType: TextDataViewType }, "a vector of String");
        DataViewSchema.Column margin =
            Find(noAnswerMarginColumnName, "no-answer margin", type => type == NumberDataViewType.Single, "Single");
        var scores = new AnswerScores();
        using (DataViewRowCursor cursor = data.GetRowCursor([golds, predicted, margin]))
        {
            Func<string[]> getGolds = Texts(cursor, golds), getPredicted = Texts(cursor, predicted);
            ValueGetter<float> getMargin = cursor.GetGetter<float>(margin);
            float value = default;
            while (cursor.MoveNext())
            {
                getMargin(ref value);
                host.CheckParam(!float.IsNaN(value), nameof(data),
                    $"The column '{margin.Name}' has a NaN in row {cursor.Position}; expected a number.");
                string[] answers = getPredicted();
                scores.Add(answers is [string first, ..] ? first : "", Array.Find(answers, answer => answer.Length > 0) ?? "", value,
                    [.. getGolds().Where(gold => gold.Length > 0)]);
            }
        }
        host.CheckParam(scores.Count > 0, nameof(data), "There is no row; expected one or more.");
        return scores.Report();

        DataViewSchema.Column Find(string name, string role, Func<DataViewType, bool> isRight, string expected)
        {
            host.CheckNonWhiteSpace(name, nameof(name));
            if (data.Schema.GetColumnOrNull(name) is not DataViewSchema.Column column)
                throw host.ExceptSchemaMismatch(nameof(data), role, name);
            return isRight(column.Type) ? column
                : throw host.ExceptSchemaMismatch(nameof(data), role, name, expected, column.Type.ToString()!);
        }
    }

    /// <summary>
    /// Loads a question file in the format of SQuAD v1.1 or v2.0, or with the flat rows of Hugging Face (in a list, or as JSON Lines), with
    /// one <see cref="SquadRow"/> for each question: the columns that <see cref="BertQuestionAnsweringEstimator"/>
    /// is trained on, and Id, Title and Answers.
    /// </summary>
    /// <remarks>
    /// If a question has several right answers, the model trains on the first one whose text is in the context at the position that the
    /// file gives. Where the file counts how often a text occurs in its context, an answer that occurs more than once is used only if
    /// there is no other. Positions are converted from Unicode code points, as the file counts, to UTF-16. The file is read at once and
    /// kept in memory.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TaskFileException">The file is not JSON or does not have the format; the message gives the place.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// File.WriteAllText("train.json", """
    ///     {"version": "v2.0", "data": [{"title": "Anna", "paragraphs": [{"context": "Anna was born in London in 1832.", "qas": [
    ///         {"id": "1", "question": "Where was Anna born?", "answers": [{"text": "London", "answer_start": 17}]}]}]}]}
    ///     """);
    /// var mlContext = new MLContext();
    /// IDataView data = mlContext.Data.LoadFromSquad("train.json");
    ///
    /// foreach (SquadRow row in mlContext.Data.CreateEnumerable<SquadRow>(data, reuseRowObject: false))
    ///     Console.WriteLine($"{row.Question} {row.TrainingAnswer}, from character {row.AnswerIndex}");
    /// // Output:
    /// // Where was Anna born? London, from character 17
    /// ]]></code>
    /// </example>
    public static IDataView LoadFromSquad(this DataOperationsCatalog catalog, string path)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(LoadFromSquad));
        host.CheckNonWhiteSpace(path, nameof(path));
        SquadData file = SquadReader.Read(path);
        using (IChannel channel = host.Start(nameof(LoadFromSquad)))
        {
            channel.Info("{0} questions, {1} without an answer.", file.Questions.Count,
                file.Questions.Count(question => question.IsImpossible));
            foreach (string warning in file.Warnings)
                channel.Warning("'{0}': {1}", path, warning);
            if (file.Misplaced.Count > 0)
                channel.Warning(
                    "{0} answers do not stand in their contexts where the file puts them, as at {1}; they cannot be learned from.",
                    file.Misplaced.Count, file.Misplaced[0].Path);
        }
        return catalog.LoadFromEnumerable(file.Questions.Select(ToRow).ToArray());
    }

    private static SquadRow ToRow(SquadQuestion question)
    {
        SquadAnswer? answer = question.Answers.FirstOrDefault(answer => answer.Occurrences is null or 1)
            ?? (question.Answers is [SquadAnswer first, ..] ? first : null);
        return new SquadRow
        {
            Id = question.Id,
            Title = question.Title,
            Context = question.Context,
            Question = question.Question,
            TrainingAnswer = answer?.Text ?? (question.GoldTexts is [string gold, ..] ? gold : ""),
            AnswerIndex = answer?.Start ?? -1,
            Answers = [.. question.GoldTexts],
        };
    }

    private static Func<string[]> Texts(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> getText = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            return () =>
            {
                getText(ref text);
                return [text.ToString()];
            };
        }
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTexts = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> texts = default;
        return () =>
        {
            getTexts(ref texts);
            return [.. texts.DenseValues().Select(item => item.ToString())];
        };
    }
}
