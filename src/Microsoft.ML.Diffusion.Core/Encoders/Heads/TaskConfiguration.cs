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

    private const string Names = "id2label";

    /// <summary>The number of outputs.</summary>
    public int Outputs => Labels.Count;

    /// <summary>
    /// Reads the task of a checkpoint of this kind. A configuration without <c>id2label</c> has as many
    /// labels as <c>num_labels</c> says, or two, named LABEL_0, LABEL_1, … as Transformers names them: it leaves these out when it saves.
    /// </summary>
    /// <exception cref="CheckpointException"><c>id2label</c> is damaged, or has gaps.</exception>
    public static TaskConfiguration Read(ConfigurationJson configuration, TaskKind kind)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (kind == TaskKind.QuestionAnswering)
            return new TaskConfiguration(kind, ["start", "end"]);
        IReadOnlyList<string> labels = configuration.NumberedTexts(Names)
            ?? [.. Enumerable.Range(0, configuration.Int("num_labels", 2, minimum: 1, maximum: MostLabels)).Select(i => $"LABEL_{i}")];
        if (labels.Count is 0 or > MostLabels)
            throw configuration.Error(Names, $"1 to {MostLabels} labels");
        return new TaskConfiguration(kind, labels, configuration.Has("problem_type") ? configuration.String("problem_type") : null);
    }

    /// <summary>
    /// The task that a checkpoint's class names (<c>architectures</c>), such as token classification for <c>BertForTokenClassification</c>;
    /// null if it names none of these tasks, or several.
    /// </summary>
    /// <exception cref="CheckpointException"><c>architectures</c> is not a list of texts.</exception>
    public static TaskKind? FindKind(ConfigurationJson configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        IReadOnlyList<string> classes = configuration.Strings("architectures");
        TaskKind[] kinds = Array.FindAll(Enum.GetValues<TaskKind>(),
            kind => classes.Any(name => name.EndsWith("For" + kind, StringComparison.Ordinal)));
        return kinds.Length == 1 ? kinds[0] : null;
    }

    /// <summary>The names of the labels that a checkpoint has; null if it names none, or if <c>id2label</c> is damaged.</summary>
    public static IReadOnlyList<string>? FindLabels(ConfigurationJson configuration)
    {
        try
        {
            return configuration.NumberedTexts(Names);
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    /// <summary>Writes it.</summary>
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
        foreach ((int id, string label) in Labels.Index().DistinctBy(item => item.Item, StringComparer.Ordinal))
            writer.WriteNumber(label, id);
        writer.WriteEndObject();
    }
}
