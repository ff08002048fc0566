using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Results;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>classify</c>: classes, labels or scores of texts, or of pairs of texts.</summary>
internal sealed class ClassifyCommand : ToolCommand
{
    public ClassifyCommand(Terminal terminal) : base(
        "classify", "Classifies texts, or pairs of texts, with a model that was trained for it.",
        "classify --model sentiment.zip --text \"A wonderful film.\"",
        "classify --model sentiment.zip --input reviews.csv --text-column review --output labeled.csv",
        "classify --model DIR --json < reviews.txt")
    {
        var model = new ModelOption(isRequired: true);
        var input = new TextInput(terminal,
            new TextPart("text", "the texts", "A text; give the option again for more."),
            new TextPart("text2", "the second texts of pairs", "The second text of a pair.", IsRequired: false));
        var output = new ResultOptions(terminal);
        var compute = new ComputeOptions(terminal, hasSeed: false);
        Add([model.Option, .. input.All, .. output.All, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            InputRows rows = input.Read(result);
            MLContext mlContext = compute.CreateContext(result);
            using LoadedPipeline<BertSequenceTransformer> pipeline =
                TaskModels.OpenSequence(
                    mlContext, ModelSource.Open(mlContext, model.Path(result)), rows.Parts == 2, compute.Threads(result));
            BertSequenceTransformer transformer = pipeline.Transformer;
            transformer.CancellationToken = cancellationToken;
            AppliedRows applied = pipeline.Apply(rows, SequenceColumns.Of(transformer, rows.Parts == 2));
            output.Write(result, rows.Table.Name, SequenceResults.Read(transformer, applied, rows), cancellationToken);
        });
    }
}
