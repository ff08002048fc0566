using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>entities</c>: finds the named entities in texts.</summary>
internal sealed class EntitiesCommand : ToolCommand
{
    public EntitiesCommand(Terminal terminal) : base(
        "entities", "Finds the named entities in texts, with a model that was trained for it.",
        "entities --model DIR --text \"Ada Lovelace met Charles Babbage in London.\"",
        "entities --model names.zip --input articles.csv --text-column body --json")
    {
        var model = new ModelOption(isRequired: true);
        var input = new TextInput(terminal, new TextPart("text", "the texts", "A text; give the option again for more."));
        var output = new ResultOptions(terminal);
        var compute = new ComputeOptions(terminal, hasSeed: false);
        Add([model.Option, .. input.All, .. output.All, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            InputRows rows = input.Read(result);
            MLContext mlContext = compute.CreateContext(result);
            using LoadedPipeline<BertNamedEntityRecognitionTransformer> pipeline =
                TaskModels.OpenEntities(mlContext, ModelSource.Open(mlContext, model.Path(result)), compute.Threads(result));
            pipeline.Transformer.CancellationToken = cancellationToken;
            AppliedRows applied = pipeline.Apply(rows, pipeline.Transformer.SentenceColumnName);
            output.Write(result, rows.Table.Name, Read(applied, rows), cancellationToken);
        });
    }

    private static IEnumerable<Result> Read(AppliedRows applied, InputRows rows)
    {
        DataViewSchema schema = applied.View.Schema;
        DataViewSchema.Column type = schema["EntityType"], text = schema["EntityText"], start = schema["EntityStart"],
            score = schema["EntityScore"];
        return applied.Read<(string Type, string Text, int Start, float Score)[]>([type, text, start, score], row =>
        {
            (Func<string[]> getTypes, Func<string[]> getTexts) = (Cells.Texts(row, type), Cells.Texts(row, text));
            (Func<int[]> getStarts, Func<float[]> getScores) = (Cells.Vector<int>(row, start), Cells.Vector<float>(row, score));
            return () =>
            {
                (string[] texts, int[] starts, float[] scores) = (getTexts(), getStarts(), getScores());
                return [.. getTypes().Select((name, i) => (Type: name, Text: texts[i], Start: starts[i], Score: scores[i]))];
            };
        }).Select(item => ToResult(item.Input, item.Output, rows));
    }

    private static Result ToResult(string[] input, (string Type, string Text, int Start, float Score)[] entities, InputRows rows)
    {
        Field[][] found = [.. entities.Select(entity => (Field[])
            [new("type", entity.Type), new("text", entity.Text), new("start", entity.Start), new("score", entity.Score)])];
        Field[] fields = [.. rows.Fields(input)];
        return new Result(
            TextForms.OneLine(input[0]) + string.Concat(entities.Select(entity =>
                $"{Environment.NewLine}  {entity.Type}\t{TextForms.OneLine(entity.Text)}\t{TextForms.Probability(entity.Score)}")),
            [.. fields, new("entities", found)],
            [.. found.Select(entity => (Field[])[.. fields, .. entity.Select(field => field with { Name = $"entity_{field.Name}" })])]);
    }
}
