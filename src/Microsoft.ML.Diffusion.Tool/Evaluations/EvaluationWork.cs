using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Results;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Evaluations;

/// <summary>Measures a model on a file of examples.</summary>
/// <param name="terminal">Gets warnings.</param>
/// <param name="mlContext">The context.</param>
/// <param name="model">The model.</param>
/// <param name="data">The file of examples.</param>
/// <param name="threads">The number of threads.</param>
/// <param name="cancellationToken">Cancels.</param>
internal sealed class EvaluationWork(
    Terminal terminal, MLContext mlContext, ModelSource model, string data, int threads, CancellationToken cancellationToken)
{
    /// <summary>The task of the model.</summary>
    public EvaluationTask FindTask()
    {
        if (model.Zip is ZipModel zip)
        {
            return zip.Transformers.OfType<BertQuestionAnsweringTransformer>().Any() ? EvaluationTask.Answers
                : zip.Transformers.OfType<BertNamedEntityRecognitionTransformer>().Any() ? EvaluationTask.Entities
                : EvaluationTask.Sequences;
        }
        return TaskConfiguration.FindKind(model.Encoder().Files.OpenConfiguration()) switch
        {
            TaskKind.QuestionAnswering => EvaluationTask.Answers,
            TaskKind.TokenClassification => EvaluationTask.Entities,
            _ => EvaluationTask.Sequences,
        };
    }

    /// <summary>Classes: accuracy, F1 and log loss. Labels: F1. Numbers: errors and correlation.</summary>
    public IReadOnlyList<Field> Sequences(string label, string text, string? text2, string separator)
    {
        Table table = TableFile.Open(data);
        int[] indices = text2 is null ? [table.Find(text), table.Find(label)] : [table.Find(text), table.Find(text2), table.Find(label)];
        List<string[]> rows = table.Read(indices);
        if (rows.Count == 0)
            throw new InputException($"'{data}' has no rows; expected examples.");
        int parts = indices.Length - 1;
        var input = new InputRows(parts, new Table(data, [.. indices.SkipLast(1).Select(index => table.Columns[index])],
            rows.Select(row => row[..parts])));
        using LoadedPipeline<BertSequenceTransformer> pipeline = TaskModels.OpenSequence(mlContext, model, parts == 2, threads);
        pipeline.Transformer.CancellationToken = cancellationToken;
        AppliedRows applied = pipeline.Apply(input, SequenceColumns.Of(pipeline.Transformer, parts == 2));
        string[] labels = [.. rows.Select(row => row[^1].Trim())];
        Result[] results = [.. SequenceResults.Read(pipeline.Transformer, applied, input)];
        return pipeline.Transformer switch
        {
            BertTextClassificationTransformer => Classes(labels, results),
            BertMultiLabelClassificationTransformer => Labels(labels, results, separator),
            _ => Numbers(labels, results),
        };
    }

    /// <summary>Exact match and F1, as SQuAD's own script measures them.</summary>
    public IReadOnlyList<Field> Answers(bool noAnswer)
    {
        IDataView rows = mlContext.Data.LoadFromSquad(data);
        using LoadedPipeline<BertQuestionAnsweringTransformer> pipeline = TaskModels.OpenAnswering(mlContext, model,
            () => new() { Model = model.Encoder(), AllowNoAnswer = noAnswer }, threads);
        pipeline.Transformer.CancellationToken = cancellationToken;
        SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(
            pipeline.Transformer.Transform(rows), predictedAnswerColumnName: pipeline.Transformer.PredictedAnswerColumnName,
            noAnswerMarginColumnName: pipeline.Transformer.NoAnswerMarginColumnName);
        return
        [
            new("questions", (long)report.Overall.Count), new("exact_match", report.Overall.ExactMatch), new("f1", report.Overall.F1),
            new("with_answer_f1", report.HasAnswer.F1), new("without_answer_f1", report.NoAnswer.F1),
        ];
    }

    /// <summary>Precision, recall and F1 of whole entities.</summary>
    public IReadOnlyList<Field> Entities()
    {
        IDataView rows = mlContext.Data.LoadFromConll(data);
        using LoadedPipeline<BertNamedEntityRecognitionTransformer> pipeline =
            TaskModels.OpenEntities(mlContext, model, threads, nameof(ConllRow.Sentence));
        pipeline.Transformer.CancellationToken = cancellationToken;
        NamedEntityMetrics metrics = mlContext.MulticlassClassification.EvaluateNamedEntities(pipeline.Transformer.Transform(rows));
        return
        [
            new("entities", metrics.Overall.Actual), new("precision", metrics.Precision), new("recall", metrics.Recall),
            new("f1", metrics.F1),
            new("word_accuracy", metrics.WordAccuracy),
            new("types", metrics.PerType.OrderBy(type => type.Key, StringComparer.Ordinal)
                .Select(type => LabelCounts.Describe(type.Key, type.Value, "entities")).ToArray()),
        ];
    }

    private Field[] Classes(string[] labels, Result[] results)
    {
        var counts = new LabelCounts();
        long right = 0;
        double loss = 0;
        var known = new HashSet<string>(Scores(results[0]).Select(score => score.Name), StringComparer.Ordinal);
        string? unknown = labels.FirstOrDefault(label => !known.Contains(label));
        if (unknown is not null && !labels.Any(known.Contains))
        {
            throw new InputException(
                $"No label of the examples, such as '{unknown}', is one of the model's: {TextForms.QuoteAll(known)}.");
        }
        int unknowns = labels.Count(label => !known.Contains(label));
        if (unknowns > 0)
            terminal.Warn($"{unknowns} of {labels.Length} rows have a label that the model lacks, such as {TextForms.Quote(unknown!)}; " +
                "they count as wrong.");
        for (int i = 0; i < labels.Length; i++)
        {
            string predicted = (string)Value(results[i], "predicted_label")!;
            counts.Add([labels[i]], [predicted]);
            right += predicted == labels[i] ? 1 : 0;
            double probability = (float?)Scores(results[i]).FirstOrDefault(score => score.Name == labels[i]).Value ?? 0;
            loss -= Math.Log(Math.Max(probability, 1e-15));
        }
        return
        [
            new("rows", (long)labels.Length), new("accuracy", (double)right / labels.Length), new("macro_f1", counts.MacroF1),
            new("log_loss", loss / labels.Length), new("labels", counts.PerLabel),
        ];
    }

    private static Field[] Labels(string[] labels, Result[] results, string separator)
    {
        var counts = new LabelCounts();
        long right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            string[] actual = TableColumn.Split(labels[i], separator);
            var predicted = (string[])Value(results[i], "predicted_labels")!;
            counts.Add(actual, predicted);
            right += actual.ToHashSet().SetEquals(predicted) ? 1 : 0;
        }
        return
        [
            new("rows", (long)labels.Length), new("exact_match", (double)right / labels.Length), new("micro_f1", counts.MicroF1),
            new("macro_f1", counts.MacroF1), new("labels", counts.PerLabel),
        ];
    }

    private IReadOnlyList<Field> Numbers(string[] labels, Result[] results)
    {
        var rows = labels.Select((label, i) => new Scored
        {
            Label = float.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number
                : throw new InputException($"'{data}' has '{label}' as the label of row {i + 1}; expected a number."),
            Score = (float)Value(results[i], "score")!,
        }).ToArray();
        RegressionMetrics metrics = mlContext.Regression.Evaluate(mlContext.Data.LoadFromEnumerable(rows));
        return
        [
            new("rows", (long)rows.Length), new("mean_absolute_error", metrics.MeanAbsoluteError),
            new("root_mean_squared_error", metrics.RootMeanSquaredError), new("r_squared", metrics.RSquared),
            new("pearson", Correlation.Pearson([.. rows.Select(row => row.Label)], [.. rows.Select(row => row.Score)])),
        ];
    }

    private static object? Value(Result result, string name) => result.Fields.Last(field => field.Name == name).Value;

    private static IReadOnlyList<Field> Scores(Result result) => (IReadOnlyList<Field>)Value(result, "scores")!;

    private sealed class Scored
    {
        public float Label { get; set; }

        public float Score { get; set; }
    }
}
