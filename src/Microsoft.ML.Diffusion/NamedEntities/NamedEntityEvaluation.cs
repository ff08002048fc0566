using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>Measures named entities over a data view.</summary>
internal static class NamedEntityEvaluation
{
    /// <summary>Compares the labels of words.</summary>
    public static NamedEntityMetrics OfLabels(IHost host, IDataView data, string labelColumnName, string predictedLabelColumnName,
        TagReading reading)
    {
        DataViewSchema.Column actual = NamedEntityColumns.FindTags(host, data.Schema, labelColumnName, "label");
        DataViewSchema.Column predicted = NamedEntityColumns.FindTags(host, data.Schema, predictedLabelColumnName, "predicted label");
        var evaluator =
            new EntityEvaluator(reading, [.. NamedEntityColumns.KeyValues(actual) ?? [], .. NamedEntityColumns.KeyValues(predicted) ?? []]);
        var survey = new TagSurvey();
        using DataViewRowCursor cursor = data.GetRowCursor([actual, predicted]);
        Func<string?[]> getActual = NamedEntityColumns.MakeTagsGetter(host, cursor, actual),
            getPredicted = NamedEntityColumns.MakeTagsGetter(host, cursor, predicted);
        for (long row = 0; cursor.MoveNext(); row++)
        {
            host.CheckAlive();
            string?[] actualTags = getActual(), predictedTags = getPredicted();
            if (actualTags.Length != predictedTags.Length)
                throw host.ExceptParam(nameof(data),
                    $"Row {row}: there are {actualTags.Length} labels in '{labelColumnName}' and {predictedTags.Length} in " +
                    $"'{predictedLabelColumnName}'; expected the same number. Use the labels of the words that were predicted.");
            int unlabeled = Array.FindIndex(predictedTags, tag => tag is null);
            if (unlabeled >= 0)
                throw host.ExceptParam(nameof(data),
                    $"Row {row}: word {unlabeled} has no predicted label in '{predictedLabelColumnName}'; expected one for each word.");
            survey.Add(actualTags);
            int[] known = [.. Enumerable.Range(0, actualTags.Length).Where(word => actualTags[word] is not null)];
            evaluator.Add([.. known.Select(word => actualTags[word]!)], [.. known.Select(word => predictedTags[word]!)]);
        }
        using (IChannel channel = host.Start(nameof(OfLabels)))
        {
            foreach (string oddity in survey.FindOddities())
                channel.Warning("'{0}': {1}", labelColumnName, oddity);
        }
        return new NamedEntityMetrics(evaluator);
    }

    /// <summary>Compares entities given by their characters. The names are those of the columns of types, starts and lengths.</summary>
    public static NamedEntityMetrics OfSpans(
        IHost host, IDataView data, (string Types, string Starts, string Lengths) actualNames,
        (string Types, string Starts, string Lengths) predictedNames)
    {
        DataViewSchema.Column[] actual =
            NamedEntityColumns.FindSpans(host, data.Schema, actualNames.Types, actualNames.Starts, actualNames.Lengths);
        DataViewSchema.Column[] predicted =
            NamedEntityColumns.FindSpans(host, data.Schema, predictedNames.Types, predictedNames.Starts, predictedNames.Lengths);
        var evaluator = new EntityEvaluator();
        using DataViewRowCursor cursor = data.GetRowCursor([.. actual, .. predicted]);
        Func<CharacterSpan[]> getActual = NamedEntityColumns.MakeSpansGetter(host, cursor, actual),
            getPredicted = NamedEntityColumns.MakeSpansGetter(host, cursor, predicted);
        for (long row = 0; cursor.MoveNext(); row++)
        {
            host.CheckAlive();
            try
            {
                evaluator.Add(Array.ConvertAll(getActual(), ToEntity), Array.ConvertAll(getPredicted(), ToEntity));
            }
            catch (ArgumentException exception)
            {
                throw host.ExceptParam(nameof(data), $"Row {row}: {exception.Message}");
            }
        }
        return new NamedEntityMetrics(evaluator);

        static EntitySpan ToEntity(CharacterSpan span) => new(span.Type, span.Start, span.End);
    }
}
