using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds question answering to <c>mlContext.MulticlassClassification</c> and its <c>Trainers</c>, and question files to <c>mlContext.Data</c>.</summary>
public static class QuestionAnsweringCatalog
{
    /// <summary>Teaches an encoder to find answers to questions in texts.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="contextColumnName">The column with the texts that may hold the answers, text.</param>
    /// <param name="questionColumnName">The column with the questions, text.</param>
    /// <param name="trainingAnswerColumnName">The column with the answers to learn from, text, as they stand in the contexts; empty where there is none.</param>
    /// <param name="answerIndexColumnName">The column with the character of the context where the answer starts, Int32.</param>
    /// <param name="predictedAnswerColumnName">The column that is added with the answers.</param>
    /// <param name="scoreColumnName">The column that is added with their probabilities.</param>
    /// <param name="topK">The most answers of a row.</param>
    /// <param name="batchSize">The most examples in a batch.</param>
    /// <param name="maxEpochs">How often each example is seen.</param>
    /// <param name="architecture">Decides nothing: the model's directory says what it is.</param>
    /// <param name="validationSet">Rows to measure on while learning, after which the best model is kept; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model's configuration cannot be read.</exception>
    public static BertQuestionAnsweringEstimator BertQuestionAnswering(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, string contextColumnName = "Context", string questionColumnName = "Question",
        string trainingAnswerColumnName = "TrainingAnswer", string answerIndexColumnName = "AnswerIndex", string predictedAnswerColumnName = "Answer",
        string scoreColumnName = "Score", int topK = 3, int batchSize = 32, int maxEpochs = 3, BertArchitecture architecture = BertArchitecture.Roberta,
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

    /// <inheritdoc cref="BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, string, string, string, string, string, string, int, int, int, BertArchitecture, IDataView)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model, how it is trained and how it answers.</param>
    public static BertQuestionAnsweringEstimator BertQuestionAnswering(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, BertQuestionAnsweringEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new BertQuestionAnsweringEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Scores answers as SQuAD's official scripts do: exact match and F1 of all rows, of those that have an answer and of those that have
    /// none, and the best thresholds.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">What a <see cref="BertQuestionAnsweringTransformer"/> gave.</param>
    /// <param name="answersColumnName">The column with the answers that count as right: text, or a vector of text; an empty one says that there is none.</param>
    /// <param name="predictedAnswerColumnName">The column with the predicted answers, a vector of text whose first is scored.</param>
    /// <param name="noAnswerMarginColumnName">The column with the margins that thresholds are compared with, Single.</param>
    /// <returns>
    /// Fractions, by version 2.0's rules where a row has no right answer and by version 1.1's else. Thresholds belong into
    /// <see cref="BertQuestionAnsweringTransformer.WithNoAnswerThreshold"/>; to find them, data must have been answered with a TopK above 1,
    /// so that a text is among each row's answers. They are those of this data: take data that the model is not to be measured on.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="ArgumentException">There is no row.</exception>
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
        DataViewSchema.Column golds = Find(answersColumnName, "answers", type => type is TextDataViewType or VectorDataViewType { ItemType: TextDataViewType }, "String or a vector of it");
        DataViewSchema.Column predicted = Find(predictedAnswerColumnName, "predicted answer", type => type is VectorDataViewType { ItemType: TextDataViewType }, "a vector of String");
        DataViewSchema.Column margin = Find(noAnswerMarginColumnName, "no-answer margin", type => type == NumberDataViewType.Single, "Single");
        var scores = new AnswerScores();
        using (DataViewRowCursor cursor = data.GetRowCursor([golds, predicted, margin]))
        {
            Func<string[]> getGolds = Texts(cursor, golds), getPredicted = Texts(cursor, predicted);
            ValueGetter<float> getMargin = cursor.GetGetter<float>(margin);
            float value = default;
            while (cursor.MoveNext())
            {
                getMargin(ref value);
                host.CheckParam(!float.IsNaN(value), nameof(data), $"The column '{margin.Name}' has a NaN in row {cursor.Position}; expected a number.");
                string[] answers = getPredicted();
                scores.Add(answers is [string first, ..] ? first : "", Array.Find(answers, answer => answer.Length > 0) ?? "", value, [.. getGolds().Where(gold => gold.Length > 0)]);
            }
        }
        host.CheckParam(scores.Count > 0, nameof(data), "There is no row; expected one or more.");
        return scores.Report();

        DataViewSchema.Column Find(string name, string role, Func<DataViewType, bool> isRight, string expected)
        {
            host.CheckNonWhiteSpace(name, nameof(name));
            if (data.Schema.GetColumnOrNull(name) is not DataViewSchema.Column column)
                throw host.ExceptSchemaMismatch(nameof(data), role, name);
            return isRight(column.Type) ? column : throw host.ExceptSchemaMismatch(nameof(data), role, name, expected, column.Type.ToString()!);
        }
    }

    /// <summary>
    /// Reads a question file in the format of SQuAD v1.1 or v2.0, or in the flat rows of Hugging Face (as a list, or as JSON Lines), a <see cref="SquadRow"/> a question: the columns that
    /// <see cref="BertQuestionAnsweringEstimator"/> learns from, and Id, Title and Answers.
    /// </summary>
    /// <remarks>
    /// If a question has several right answers, the model trains on the first one whose text is in the context at the position that the
    /// file gives. Where the file counts how often a text occurs in its context, an answer that occurs more than once is used only if
    /// there is no other. Positions are converted from Unicode code points, as the file counts, to UTF-16. The file is read at once and
    /// kept in memory.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TaskFileException">It is no JSON, or not of the format; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IDataView LoadFromSquad(this DataOperationsCatalog catalog, string path)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        IHost host = catalog.GetEnvironment().Register(nameof(LoadFromSquad));
        host.CheckNonWhiteSpace(path, nameof(path));
        SquadData file = SquadReader.Read(path);
        using (IChannel channel = host.Start(nameof(LoadFromSquad)))
        {
            channel.Info("{0} questions, {1} without an answer.", file.Questions.Count, file.Questions.Count(question => question.IsImpossible));
            foreach (string warning in file.Warnings)
                channel.Warning("'{0}': {1}", path, warning);
            if (file.Misplaced.Count > 0)
                channel.Warning("{0} answers do not stand in their contexts where the file puts them, as at {1}; they cannot be learned from.", file.Misplaced.Count, file.Misplaced[0].Path);
        }
        return catalog.LoadFromEnumerable(file.Questions.Select(ToRow).ToArray());
    }

    private static SquadRow ToRow(SquadQuestion question)
    {
        SquadAnswer? answer = question.Answers.FirstOrDefault(answer => answer.Occurrences is null or 1) ?? (question.Answers is [SquadAnswer first, ..] ? first : null);
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
