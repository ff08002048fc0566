using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>fill</c>: the most probable tokens for each mask in texts.</summary>
internal sealed class FillCommand : ToolCommand
{
    public FillCommand(Terminal terminal) : base(
        "fill", "Predicts the most probable tokens for each mask in texts. The mask is the model's own: [MASK], or <mask>.",
        "fill --text \"The door was <mask>.\" --top 3",
        "fill --model DIR --text \"The capital of France is [MASK].\" --target Paris --target Lyon --json")
    {
        var model = new ModelOption(isRequired: false);
        var input = new TextInput(terminal, new TextPart("text", "the texts", "A text with one mask or more; give the option again for " +
            "more."));
        var top = NumberOption.Of("--top", "K", "The number of tokens for each mask.", 5, min: 1);
        var targets = new Option<string[]>("--target")
        {
            HelpName = "WORD", Description = "A word that is ranked; give the option again for more. Without it, the whole vocabulary is.",
        };
        var output = new ResultOptions(terminal);
        var compute = new ComputeOptions(terminal, hasSeed: false);
        Add([.. input.All, top, targets, model.Option, .. output.All, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            if (model.Path(result) is string path && ModelPath.IsZip(path))
                result.RefuseWithZip(path, top, targets);
            InputRows rows = input.Read(result);
            MLContext mlContext = compute.CreateContext(result);
            var source = ModelSource.Open(mlContext, model.Path(result));
            using var pipeline = LoadedPipeline<FillMaskTransformer>.Open(source, "fills masks",
                () => mlContext.Transforms.Text.FillMask(new FillMaskEstimator.Options
            {
                Model = source.Encoder(),
                InputColumnName = TableFile.TextColumn,
                OutputColumnName = "Candidates",
                TopK = result.GetValue(top),
                Targets = result.GetValue(targets) is { Length: > 0 } words ? words : null,
            }).Fit(TableView.Empty(TableFile.TextColumn)));
            pipeline.Transformer.Threads = compute.Threads(result);
            pipeline.Transformer.CancellationToken = cancellationToken;
            AppliedRows applied = pipeline.Apply(rows, pipeline.Transformer.InputColumnName);
            output.Write(result, rows.Table.Name, Read(pipeline.Transformer, applied, rows), cancellationToken);
        });
    }

    private static IEnumerable<Result> Read(FillMaskTransformer transformer, AppliedRows applied, InputRows rows)
    {
        DataViewSchema.Column tokens = applied.View.Schema[transformer.OutputColumnName],
            scores = applied.View.Schema[transformer.ScoreColumnName];
        int each = Math.Min(transformer.Settings.TopK, transformer.Settings.Targets?.Count ?? int.MaxValue);
        return applied.Read<(string Token, float Score)[]>([tokens, scores], row =>
        {
            (Func<string[]> getTokens, Func<float[]> getScores) = (Cells.Texts(row, tokens), Cells.Vector<float>(row, scores));
            return () => [.. getTokens().Zip(getScores())];
        }).Select(item => ToResult(item.Input, [.. item.Output.Chunk(each)], rows));
    }

    private static Result ToResult(string[] input, (string Token, float Score)[][] masks, InputRows rows)
    {
        Field[] fields = [.. rows.Fields(input)];
        Field[][][] found = [.. masks.Select(mask => mask.Select(candidate => (Field[])
            [new("token", candidate.Token), new("score", candidate.Score)]).ToArray())];
        return new Result(
            TextForms.OneLine(input[0]) + (masks.Length == 0 ? "  (no mask)" : "") + string.Concat(masks.Select(mask =>
                $"{Environment.NewLine}  " +
                    $"{string.Join("  ", mask.Select(candidate => $"{candidate.Token} {TextForms.Probability(candidate.Score)}"))}")),
            [.. fields, new("masks", found)],
            [.. found.SelectMany((mask, number) => mask.Select(candidate => (Field[])[.. fields, new("mask", number + 1), .. candidate]))]);
    }
}
