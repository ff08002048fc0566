using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Chance that goes through all its outcomes: each run of the code that draws takes one path through the tree of answers, and
/// <see cref="Next"/> turns to the next path. <see cref="Probability"/> is that of the path taken.
/// </summary>
internal sealed class EnumeratedDraws : IDraws
{
    private readonly List<(int Choice, double[] Distribution)> _path = [];
    private readonly Dictionary<int, (double Low, double High)> _uniforms = [];
    private int _at;

    public double Probability { get; private set; } = 1;

    public bool Happens(int step, int position, double probability)
    {
        // What is known of the position's uniform, which answers every question about it.
        (double low, double high) = _uniforms.GetValueOrDefault(position, (0, 1));
        double below = Math.Clamp((probability - low) / (high - low), 0, 1);
        bool answer = Choose([1 - below, below]) == 1;
        if (below is > 0 and < 1)
            _uniforms[position] = answer ? (low, probability) : (probability, high);
        return answer;
    }

    public void DrawFirst(int step, Span<RankedPosition> candidates, int count)
    {
        for (int i = 0; i < count; i++)
        {
            double[] odds = [.. candidates[i..].ToArray().Select(c => Math.Exp(c.Score))];
            double sum = odds.Sum();
            int chosen = i + (sum > 0 ? Choose([.. odds.Select(o => o / sum)]) : 0);
            RankedPosition first = candidates[chosen];
            candidates[i..chosen].CopyTo(candidates[(i + 1)..]);
            candidates[i] = first;
        }
    }

    public double Token(int step, int position) => throw new NotSupportedException("Tokens are chosen from their distribution.");

    public int Choose(double[] distribution)
    {
        if (_at == _path.Count)
            _path.Add((Array.FindIndex(distribution, p => p > 0), distribution));
        (int choice, double[] known) = _path[_at++];
        Assert.IsTrue(known.AsSpan().SequenceEqual(distribution), "The same path asks the same.");
        Probability *= distribution[choice];
        return choice;
    }

    /// <summary>Turns to the next path; false where there is none.</summary>
    public bool Next()
    {
        _uniforms.Clear();
        (_at, Probability) = (0, 1);
        while (_path.Count > 0)
        {
            (int choice, double[] distribution) = _path[^1];
            int next = Array.FindIndex(distribution, choice + 1, p => p > 0);
            if (next >= 0)
            {
                _path[^1] = (next, distribution);
                return true;
            }
            _path.RemoveAt(_path.Count - 1);
        }
        return false;
    }
}
