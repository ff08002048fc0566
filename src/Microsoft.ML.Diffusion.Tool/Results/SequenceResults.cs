using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Results;

/// <summary>The results of models that classify, label or score texts.</summary>
internal static class SequenceResults
{
    /// <summary>Reads the results, row by row.</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="applied">Its output.</param>
    /// <param name="rows">Its input.</param>
    public static IEnumerable<Result> Read(BertSequenceTransformer transformer, AppliedRows applied, InputRows rows)
    {
        DataViewSchema.Column score = applied.View.Schema[transformer.ScoreColumnName];
        return transformer switch
        {
            BertTextClassificationTransformer classes => ReadClasses(applied, rows, score, applied.View.Schema[classes.OutputColumnName]),
            BertMultiLabelClassificationTransformer labels =>
                ReadLabels(applied, rows, score, applied.View.Schema[labels.OutputColumnName]),
            _ => applied.Read([score], row => Cells.Number(row, score)).Select(item => new Result(
                $"{TextForms.Probability(item.Output)}\t{rows.OneLine(item.Input)}",
                [.. rows.Fields(item.Input), new("score", item.Output)])),
        };
    }

    private static IEnumerable<Result> ReadClasses(
        AppliedRows applied, InputRows rows, DataViewSchema.Column score, DataViewSchema.Column predicted)
    {
        string[] names = Cells.SlotNames(score);
        return applied.Read<(string Label, float[] Scores)>([score, predicted], row =>
        {
            (Func<float[]> getScores, Func<string> getLabel) = (Cells.Vector<float>(row, score), Cells.Text(row, predicted));
            return () => (getLabel(), getScores());
        }).Select(item => new Result(
            $"{item.Output.Label}\t{TextForms.Probability(item.Output.Scores.Max())}\t{rows.OneLine(item.Input)}",
            [
                .. rows.Fields(item.Input), new("predicted_label", item.Output.Label), new("score", item.Output.Scores.Max()),
                new("scores", ToFields(names, item.Output.Scores)),
            ]));
    }

    private static IEnumerable<Result> ReadLabels(
        AppliedRows applied, InputRows rows, DataViewSchema.Column score, DataViewSchema.Column predicted)
    {
        string[] names = Cells.SlotNames(score);
        return applied.Read<(string[] Labels, float[] Scores)>([score, predicted], row =>
        {
            (Func<float[]> getScores, Func<string[]> getLabels) = (Cells.Vector<float>(row, score), Cells.Texts(row, predicted));
            return () => (getLabels(), getScores());
        }).Select(item => new Result(
            $"{string.Join(' ', item.Output.Labels)}\t{rows.OneLine(item.Input)}",
            [
                .. rows.Fields(item.Input), new("predicted_labels", item.Output.Labels),
                new("scores", ToFields(names, item.Output.Scores)),
            ]));
    }

    private static Field[] ToFields(string[] names, float[] scores) => [.. names.Zip(scores, (name, value) => new Field(name, value))];
}
