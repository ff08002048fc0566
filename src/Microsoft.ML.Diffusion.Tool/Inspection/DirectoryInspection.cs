using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Inspection;

/// <summary>Describes a Hugging Face directory. Each part is read for itself, so that a part that cannot be read hides no other.</summary>
internal static class DirectoryInspection
{
    /// <summary>The name of the field that says what is not supported.</summary>
    public const string Problem = "not supported";

    /// <summary>Describes a directory.</summary>
    public static IReadOnlyList<Field> Describe(string path, CancellationToken cancellationToken)
    {
        try
        {
            EncoderModel model = EncoderModel.FromDirectory(path);
            return [new("path", path), new("form", "Hugging Face directory"), .. Describe(model, cancellationToken)];
        }
        catch (CheckpointException exception)
        {
            return [new("path", path), new("form", "directory"), new(Problem, exception.Message)];
        }
    }

    /// <summary>Describes a model.</summary>
    public static IReadOnlyList<Field> Describe(EncoderModel model, CancellationToken cancellationToken)
    {
        var fields = new List<Field>();
        var problems = new List<string>();
        ConfigurationJson? json = Try(() => model.Files.OpenConfiguration(), problems);
        if (json is not null)
        {
            EncoderFamily? family = Try(() => EncoderFamily.Of(json), problems);
            if (family is not null)
                fields.Add(new("family", family.ModelType));
            EncoderConfiguration? encoder = family is null ? null : Try(() => family.Read(json), problems);
            if (encoder is not null)
            {
                fields.Add(new("layers", encoder.Layers));
                fields.Add(new("hidden size", encoder.HiddenSize));
                fields.Add(new("attention heads", encoder.Attention.Heads));
                fields.Add(new("feed-forward size", encoder.FeedForward.Width));
                fields.Add(new("maximum length", Try(() => model.MaxLength, problems, encoder.MaxLength)));
                fields.Add(new("vocabulary", encoder.VocabularySize));
            }
        }
        Tokenizer? tokenizer = Try(() => model.Tokenizer, problems);
        if (tokenizer is not null)
            fields.Add(new("tokenizer", $"{tokenizer.GetType().Name.Replace("Tokenizer", "", StringComparison.Ordinal)}, " +
                $"{tokenizer.VocabularySize} tokens"));
        TaskKind? task = json is null ? null : Try(() => TaskConfiguration.FindKind(json), problems, null);
        if (json is not null && problems.Count == 0)
            AddHead(fields, problems, model, json, task, cancellationToken);
        if (problems.Count > 0)
            fields.Add(new(Problem, string.Join(" ", problems.Distinct())));
        return fields;
    }

    private static void AddHead(
        List<Field> fields, List<string> problems, EncoderModel model, ConfigurationJson json, TaskKind? task,
        CancellationToken cancellationToken)
    {
        using EncoderWithHead? loaded = Try<EncoderWithHead>(() => task is TaskKind kind
            ? model.LoadTask(kind, CpuEngine.Shared) : model.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken), problems);
        if (loaded is null)
            return;
        long parameters = loaded.Parameters.Length;
        fields.Add(new("parameters", parameters));
        fields.Add(new("weights", $"{loaded.StoredAs}, {TextForms.Bytes(parameters * 4)} in memory"));
        if (task is not TaskKind named)
        {
            fields.Add(new("head", "masked language"));
            fields.Add(new("can", "write, fill; be trained for any task"));
            return;
        }
        TaskConfiguration configuration = TaskConfiguration.Read(json, named);
        fields.Add(new("head", named switch
        {
            TaskKind.QuestionAnswering => "question answering",
            TaskKind.TokenClassification => $"labels of words: {string.Join(", ", configuration.Labels)}",
            _ => SequenceKind.Of(model) switch
            {
                SequenceKind.Labels => $"any number of labels: {string.Join(", ", configuration.Labels)}",
                SequenceKind.Number => "a number",
                _ => $"one class of {string.Join(", ", configuration.Labels)}",
            },
        }));
        fields.Add(new("can", named switch
        {
            TaskKind.QuestionAnswering => "answer",
            TaskKind.TokenClassification => "entities",
            _ => "classify",
        } + "; be trained further"));
    }

    private static T? Try<T>(Func<T> read, List<string> problems, T? otherwise = default)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CheckpointException or TokenizerException)
        {
            problems.Add(exception.Message);
            return otherwise;
        }
    }
}
