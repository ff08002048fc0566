using System.Text.Json;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>An encoder with the head of a task: classification of sequences or of tokens, or question answering.</summary>
public sealed class TaskModel : EncoderWithHead
{
    private readonly TaskHeadArchitecture _architecture;

    /// <summary>Declares a model; its parameters have no values yet.</summary>
    internal TaskModel(EncoderFamily family, EncoderConfiguration configuration, TaskConfiguration task, Engine engine)
        : base(family, configuration, engine)
    {
        Task = task;
        _architecture = family.HeadArchitecture(configuration, task.Kind);
        Head = new TaskHead(_architecture, configuration, task.Outputs, Parameters);
    }

    /// <summary>The task that the head is for.</summary>
    public TaskConfiguration Task { get; }

    /// <summary>The head.</summary>
    internal TaskHead Head { get; }

    /// <summary>The parameters that the checkpoint did not provide and that were freshly initialized.</summary>
    public IReadOnlyList<Parameter> FreshParameters { get; internal set; } = [];

    /// <summary>Whether the head's last layer was freshly initialized.</summary>
    public bool HasFreshOutput => FreshParameters.Contains(Head.Output.Weight);

    internal override string Architecture => Family.ClassPrefix + "For" + Task.Kind;

    private protected override Parameter? TiedTable => null;

    /// <inheritdoc/>
    public override Tensor Forward(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types = default)
    {
        Tensor hidden = Encoder.Forward(pass, batch, types);
        return Task.Kind == TaskKind.SequenceClassification
            ? Head.ForSequences(pass, hidden, batch)
            : Head.ForTokens(pass, hidden, [.. Enumerable.Range(0, hidden.Rows)]);
    }

    internal override IEnumerable<TensorName> TensorNames()
    {
        foreach (TensorName name in Family.EncoderNames(Configuration))
            yield return name;
        (string Ours, string? Theirs)[] layers =
            [("head.dense", _architecture.Dense), ("head.norm", _architecture.Norm), ("head.output", _architecture.Output)];
        foreach ((string ours, string? theirs) in layers)
        {
            if (theirs is null)
                continue;
            yield return new(ours + ".weight", theirs + ".weight");
            yield return new(ours + ".bias", theirs + ".bias");
        }
    }

    internal override void WriteHead(Utf8JsonWriter writer) => Task.Write(writer);
}
