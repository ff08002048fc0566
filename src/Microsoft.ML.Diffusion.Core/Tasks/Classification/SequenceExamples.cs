using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Texts with their targets.</summary>
/// <param name="texts">The texts, empty at first; add them through this class.</param>
/// <param name="targetSize">The number of values in a target; see <see cref="SequenceProblem.TargetSize"/>.</param>
public sealed class SequenceExamples(TextSequences texts, int targetSize)
{
    private readonly List<float> _targets = [];

    /// <summary>The texts.</summary>
    public TextSequences Texts { get; } = texts;

    /// <summary>The number of values in a target.</summary>
    public int TargetSize { get; } = targetSize;

    /// <summary>The number of examples.</summary>
    public int Count => Texts.Sequences.Count;

    /// <summary>The targets of all examples, [Count × TargetSize].</summary>
    public ReadOnlySpan<float> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>The target of an example, [TargetSize].</summary>
    internal ReadOnlySpan<float> Target(int example) => Targets.Slice(example * TargetSize, TargetSize);

    /// <summary>Adds a text, or a pair if there is a second one.</summary>
    /// <param name="first">The text.</param>
    /// <param name="second">The second text; null for a single text.</param>
    /// <param name="target">The target, [TargetSize].</param>
    /// <exception cref="ArgumentException">The target has another size.</exception>
    public void Add(ReadOnlySpan<char> first, string? second, params ReadOnlySpan<float> target)
    {
        if (target.Length != TargetSize)
            throw new ArgumentException($"The target has {target.Length} numbers; expected {TargetSize}.", nameof(target));
        if (second is null)
            Texts.Add(first);
        else
            Texts.Add(first, second);
        _targets.AddRange(target);
    }
}
