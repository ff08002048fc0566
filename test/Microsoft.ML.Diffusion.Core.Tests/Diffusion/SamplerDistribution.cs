using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The distribution of what a sampler makes of the toy chain, in float64: the product's own sampler
/// decides, over all outcomes of its draws, with the exact conditionals in place of logits. States that are alike after a step are joined.
/// </summary>
internal sealed class SamplerDistribution(Sampler sampler, int steps, MaskSchedule? schedule = null)
{
    private readonly MaskSchedule _schedule = schedule ?? MaskSchedule.Linear;
    private Dictionary<string, State> _states = [];

    /// <summary>The expected number of times the denoiser runs.</summary>
    public double ExpectedCalls { get; private set; }

    /// <summary>The distribution by <see cref="ToyChain.Index"/>; it has no state with a mask.</summary>
    public static double[] Of(Sampler sampler, int steps, MaskSchedule? schedule = null, int[]? start = null) =>
        new SamplerDistribution(sampler, steps, schedule).Run(start ?? ToyChain.AllMasked);

    /// <summary>The distribution after one step, the <paramref name="step"/>-th, from a distribution of clean sequences.</summary>
    public static double[] OneStep(Sampler sampler, int steps, int step, double[] from)
    {
        SamplerDistribution distribution = new(sampler, steps);
        DenoisingRow row = distribution.NewRow(ToyChain.AllMasked, new EnumeratedDraws());
        double[] after = new double[ToyChain.States];
        for (int i = 0; i < from.Length; i++)
        {
            State state = new(ToyChain.AllMasked, ToyChain.Sequence(i), new double[4], 0, 4, row.PartSteps, 1, from[i]);
            distribution.Step(state, step, (next, _) => after[ToyChain.Index(next.Tokens)] += next.Probability);
        }
        return after;
    }

    public static double TotalVariation(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Sum() / 2;

    public static double TotalVariation(double[] distribution) => TotalVariation(distribution, ToyChain.Distribution);

    public double[] Run(int[] start)
    {
        DenoisingRow row = NewRow(start, new EnumeratedDraws());
        _states = new() { [""] = new State(start, start, new double[4], 0, row.PartEnd, row.PartSteps, 1, 1) };
        double[] result = new double[ToyChain.States];
        for (int step = 1; _states.Count > 0; step++)
        {
            Dictionary<string, State> next = [];
            foreach (State state in _states.Values)
            {
                Step(state, step, (to, isFinished) =>
                {
                    if (isFinished)
                    {
                        CollectionAssert.DoesNotContain(to.Tokens, ToyChain.Mask);
                        result[ToyChain.Index(to.Tokens)] += to.Probability;
                        return;
                    }
                    string key = $"{string.Join(' ', to.Tokens)} {to.PartStart} {to.PartFirstStep}" +
                        (sampler.NeedsLogProbabilities ? $" {string.Join(' ', to.LogProbabilities)}" : "");
                    next[key] = next.TryGetValue(key, out State? known)
                        ? known with { Probability = known.Probability + to.Probability }
                        : to;
                });
            }
            _states = next;
        }
        Assert.AreEqual(1, result.Sum(), 1e-12);
        return result;
    }

    private DenoisingRow NewRow(int[] start, IDraws draws)
    {
        DenoisingRow row = new(0, start, 0, ToyChain.Mask, draws);
        sampler.Start(row, steps);
        return row;
    }

    private void Step(State state, int step, Action<State, bool> reached)
    {
        EnumeratedDraws draws = new();
        do
        {
            DenoisingRow row = NewRow(state.Start, draws);
            row.Begin(state.PartFirstStep - 1, sampler, _schedule);
            row.EnterPart(state.PartStart, state.PartEnd, state.PartSteps);
            foreach (int position in row.Positions)
            {
                if (state.Tokens[position] != ToyChain.Mask)
                    row.Write(position, state.Tokens[position], state.LogProbabilities[position]);
            }
            row.FindMasks();
            row.Begin(step, sampler, _schedule);
            sampler.Plan(row);
            double[]?[] conditionals = ToyChain.Conditionals(row.Tokens);
            foreach (ref Proposal proposal in row.Asked)
            {
                double[] distribution = conditionals[proposal.Position]!;
                proposal.Token = draws.Choose(Kept(distribution, sampler.TopK(row)));
                proposal.LogProbability = Math.Log(distribution[proposal.Token]);
                proposal.LogConfidence = LogConfidence(distribution);
            }
            bool ran = !row.Asked.IsEmpty;
            sampler.Decide(row);
            row.FindMasks();
            bool isFinished = sampler.IsFinished(row);
            if (!isFinished)
                sampler.Advance(row, steps);
            double[] logProbabilities = new double[4];
            foreach (int position in row.Positions)
                logProbabilities[position] = row.IsMasked(position) ? 0 : row.LogProbability(position);
            double probability = state.Probability * draws.Probability;
            ExpectedCalls += ran ? probability : 0;
            int firstStep = step - row.PartStep + 1; // the next step, where a part was entered just now
            reached(new State(state.Start, row.Tokens, logProbabilities, row.PartEnd - row.Part.Length, row.PartEnd, row.PartSteps,
                firstStep, probability), isFinished);
        }
        while (draws.Next());
    }

    private double LogConfidence(double[] distribution) => sampler.Score switch
    {
        ConfidenceScore.MaxProbability => Math.Log(distribution.Max()),
        ConfidenceScore.Margin => Math.Log(distribution.Max() - distribution.Order().ElementAt(1)),
        ConfidenceScore.NegativeEntropy => distribution.Sum(p => p * Math.Log(p)),
        _ => 0,
    };

    private static double[] Kept(double[] distribution, int topK)
    {
        if (topK == 0)
            return distribution;
        int[] kept = [.. Enumerable.Range(0, distribution.Length).OrderByDescending(v => distribution[v]).Take(topK)];
        double sum = kept.Sum(v => distribution[v]);
        return [.. distribution.Select((p, v) => kept.Contains(v) ? p / sum : 0)];
    }

    private sealed record State(int[] Start, int[] Tokens, double[] LogProbabilities, int PartStart, int PartEnd, int PartSteps,
        int PartFirstStep, double Probability);
}
