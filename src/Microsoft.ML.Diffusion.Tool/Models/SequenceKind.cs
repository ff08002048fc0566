using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>What the sequence head of a directory gives: a class, labels, or a number.</summary>
internal static class SequenceKind
{
    /// <summary>The kinds.</summary>
    public const string Class = "class", Labels = "labels", Number = "number";

    /// <summary>The kind that config.json names; a model that names no task is said to be wrong by the method that applies it.</summary>
    public static string Of(EncoderModel model)
    {
        ConfigurationJson json = model.Files.OpenConfiguration();
        if (TaskConfiguration.FindKind(json) is not (null or TaskKind.SequenceClassification))
            return Class;
        TaskConfiguration task = TaskConfiguration.Read(json, TaskKind.SequenceClassification);
        return task.Problem switch
        {
            "multi_label_classification" => Labels,
            _ => task.Outputs == 1 ? Number : Class,
        };
    }
}
