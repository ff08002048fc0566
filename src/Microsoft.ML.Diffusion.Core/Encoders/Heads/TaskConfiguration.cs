using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The task of a model's head, as in <c>config.json</c>.</summary>
/// <param name="Kind">The kind of task.</param>
/// <param name="Labels">The names of its outputs, in order (<c>id2label</c>).</param>
/// <param name="Problem">
/// <c>problem_type</c> of a sequence head: <c>single_label_classification</c>, <c>multi_label_classification</c> or <c>regression</c>.
/// </param>
public sealed record TaskConfiguration(TaskKind Kind, IReadOnlyList<string> Labels, string? Problem = null)
{
    /// <summary>The most labels that are accepted from a configuration.</summary>
    private const int MostLabels = 1 << 17;

    /// <summary>The number of outputs.</summary>
    public int Outputs => Labels.Count;

    /// <summary>Reads the task of a checkpoint of this kind.</summary>
    /// <exception cref="CheckpointException"><c>id2label</c> is missing or damaged.</exception>
    public static TaskConfiguration Read(ConfigurationJson configuration, TaskKind kind)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (kind == TaskKind.QuestionAnswering)
            return new TaskConfiguration(kind, ["start", "end"]);
        ConfigurationJson names = configuration.Section("id2label");
        int count = names.PropertyNames.Count;
        if (count is 0 or > MostLabels)
            throw configuration.Error("id2label", $"1 to {MostLabels} labels");
        string[] labels = [.. Enumerable.Range(0, count).Select(i => names.String(i.ToString(CultureInfo.InvariantCulture)))];
        return new TaskConfiguration(kind, labels, configuration.Has("problem_type") ? configuration.String("problem_type") : null);
    }

    /// <summary>Writes the task.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        if (Problem is not null)
            writer.WriteString("problem_type", Problem);
        if (Kind == TaskKind.QuestionAnswering)
            return;
        writer.WriteStartObject("id2label");
        for (int i = 0; i < Labels.Count; i++)
            writer.WriteString(i.ToString(CultureInfo.InvariantCulture), Labels[i]);
        writer.WriteEndObject();
        writer.WriteStartObject("label2id");
        for (int i = 0; i < Labels.Count; i++)
            writer.WriteNumber(Labels[i], i);
        writer.WriteEndObject();
    }
}
