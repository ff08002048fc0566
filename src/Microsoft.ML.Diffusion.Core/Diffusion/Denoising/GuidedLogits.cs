using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>
/// Classifier-free guidance: stores a row's logits given its prompt until those without it arrive, and combines the two. The denoiser
/// returns rows in order, so memory for one row's requested positions is enough.
/// </summary>
/// <param name="vocabularySize">The number of logits of a position.</param>
/// <param name="weight">w in c + w·(c − u).</param>
internal sealed class GuidedLogits(int vocabularySize, double weight)
{
    private readonly float _weight = (float)weight;
    private float[] _kept = [];

    /// <summary>
    /// Stores the logits, given the prompt, of the <paramref name="index"/>-th of a row's <paramref name="count"/> requested positions.
    /// </summary>
    public void Keep(int index, int count, ReadOnlySpan<float> given)
    {
        long length = (long)count * vocabularySize;
        if (_kept.Length < length)
            _kept = new float[length];
        given.CopyTo(_kept.AsSpan(index * vocabularySize));
    }

    /// <summary>
    /// Combines them with those without the prompt, in place. A token that the prompt makes impossible (−∞) stays impossible.
    /// </summary>
    public void Join(int index, Span<float> without)
    {
        ReadOnlySpan<float> given = _kept.AsSpan(index * vocabularySize, vocabularySize);
        ReadOnlySpan<Vector<float>> c = MemoryMarshal.Cast<float, Vector<float>>(given);
        Span<Vector<float>> u = MemoryMarshal.Cast<float, Vector<float>>(without);
        Vector<float> impossible = new(float.NegativeInfinity);
        for (int i = 0; i < c.Length; i++)
            u[i] = Vector.ConditionalSelect(Vector.Equals(c[i], impossible), impossible, c[i] + _weight * (c[i] - u[i]));
        for (int i = c.Length * Vector<float>.Count; i < given.Length; i++)
            without[i] = given[i] == float.NegativeInfinity ? float.NegativeInfinity : given[i] + _weight * (given[i] - without[i]);
    }
}
