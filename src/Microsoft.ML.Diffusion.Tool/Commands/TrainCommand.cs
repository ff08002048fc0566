using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Terminals;
using Microsoft.ML.Diffusion.Tool.Training;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>train</c>: trains a model for a task, by a command for each.</summary>
internal sealed class TrainCommand : ToolCommand
{
    public TrainCommand(Terminal terminal) : base(
        "train", "Trains a model for a task, on a file of examples.",
        "train classify --data reviews.csv --label sentiment --text review --output sentiment.zip",
        "train entities --data names.conll --output names.zip",
        "train answer --data train-v2.0.json --output answers.zip",
        "train write --data stories.txt --output stories.zip")
    {
        Subcommands.Add(new TrainClassifyCommand(terminal));
        Subcommands.Add(new TrainLabelsCommand(terminal));
        Subcommands.Add(new TrainSimilarityCommand(terminal));
        Subcommands.Add(new TrainAnswerCommand(terminal));
        Subcommands.Add(new TrainEntitiesCommand(terminal));
        Subcommands.Add(new TrainWriteCommand(terminal));
    }
}
