using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>write</c>: writes texts after prompts.</summary>
internal sealed class WriteCommand : ToolCommand
{
    private const string Written = "written";

    public WriteCommand(Terminal terminal) : base(
        "write", "Writes a text after each prompt.",
        "write --prompt \"It was a dark night, and\" --tokens 64 --seed 3",
        "write --model DIR --input prompts.txt --json")
    {
        var model = new ModelOption(isRequired: false);
        var input = new TextInput(terminal, new TextPart("prompt", "the prompts",
            "A prompt; give the option again for more. With an empty one the model writes freely."));
        var tokens = NumberOption.Of("--tokens", "N", "The number of tokens to write.", 64, min: 1);
        var steps = NumberOption.Optional(
            "--steps", "N", "The number of denoising steps; fewer are faster and write worse. The default is one for each token.", 1);
        var samples = NumberOption.Of("--samples", "N", "The number of texts for each prompt.", 1, min: 1);
        var temperature = NumberOption.Of(
            "--temperature", "T", "The temperature of the distribution of tokens; 0 takes the most probable.", 0.8, min: 0);
        var topP = NumberOption.Of(
            "--top-p", "P", "Draws from the most probable tokens that share this probability.", 0.9, min: 0.000001, max: 1);
        var schedule = new Option<string>("--schedule")
        {
            HelpName = "NAME", Description = "The mask schedule, such as Linear or Cosine.", DefaultValueFactory = _ => "Cosine",
        };
        var sampler = new Option<string>("--sampler")
        {
            HelpName = "NAME", Description = "The sampler, such as TopConfidence or Ancestral.", DefaultValueFactory = _ => "TopConfidence",
        };
        var output = new ResultOptions(terminal);
        var compute = new ComputeOptions(terminal, hasSeed: true);
        Add([.. input.All, tokens, steps, samples, temperature, topP, schedule, sampler, model.Option, .. output.All, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            if (model.Path(result) is string path && ModelPath.IsZip(path))
                result.RefuseWithZip(path, tokens, steps, samples, temperature, topP, schedule, sampler, compute.SeedOption);
            InputRows rows = input.Read(result);
            MLContext mlContext = compute.CreateContext(result);
            var source = ModelSource.Open(mlContext, model.Path(result));
            using var pipeline = LoadedPipeline<DiffusionGenerateTransformer>.Open(source, "writes",
                () => mlContext.Transforms.Text.DiffusionGenerate(new DiffusionGenerateEstimator.Options
            {
                Model = source.Encoder(),
                InputColumnName = "prompt",
                OutputColumnName = Written,
                MaxNewTokens = result.GetValue(tokens),
                Steps = result.GetValue(steps) ?? result.GetValue(tokens),
                Samples = result.GetValue(samples),
                Temperature = result.GetValue(temperature),
                TopP = result.GetValue(topP),
                Schedule = MaskSchedule.Parse(result.GetValue(schedule)!),
                Sampler = Sampler.Parse(result.GetValue(sampler)!),
                PromptTooLong = PromptTooLong.KeepEnd,
                Seed = compute.Seed(result),
            }).Fit(TableView.Empty("prompt")));
            pipeline.Transformer.Threads = compute.Threads(result);
            pipeline.Transformer.CancellationToken = cancellationToken;
            AppliedRows applied = pipeline.Apply(rows, pipeline.Transformer.InputColumnName);
            output.Write(result, rows.Table.Name, Read(applied, rows, pipeline.Transformer.OutputColumnName), cancellationToken);
        });
    }

    private static IEnumerable<Result> Read(AppliedRows applied, InputRows rows, string columnName)
    {
        DataViewSchema.Column column = applied.View.Schema[columnName];
        return applied.Read([column], row => column.Type is VectorDataViewType ? Cells.Texts(row, column) : One(Cells.Text(row, column)))
            .Select(item => new Result(
                string.Concat(item.Output.Select(text => $"{item.Input[0]}{text}{Environment.NewLine}")),
                [.. rows.Fields(item.Input), new(Written, item.Output is [string only] ? only : item.Output)],
                [.. item.Output.Select(text => (Field[])[.. rows.Fields(item.Input), new(Written, text)])]));
    }

    private static Func<string[]> One(Func<string> getText) => () => [getText()];
}
