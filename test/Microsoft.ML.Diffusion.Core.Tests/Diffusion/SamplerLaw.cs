using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The law of what a sampler makes of the toy chain, in float64: the product's own sampler decides, over all outcomes of its draws, with
/// the exact conditionals in place of logits. States that are alike after a step are joined.
/// </summary>
internal sealed class SamplerLaw(Sampler sampler, int steps, MaskSchedule? schedule = null)
{
    private readonly MaskSchedule _schedule = schedule ?? MaskSchedule.Linear;
    private Dictionary<string, State> _states = [];

    /// <summary>The expected number of times the denoiser runs.</summary>
    public double ExpectedCalls { get; private set; }

    /// <summary>The law by <see cref="ToyChain.Index"/>; it has no state with a mask.</summary>
    public static double[] Of(Sampler sampler, int steps, MaskSchedule? schedule = null, int[]? start = null) =>
        new SamplerLaw(sampler, steps, schedule).Run(start ?? ToyChain.AllMasked);

    /// <summary>The law after one step, the <paramref name="step"/>-th, from a law of clean sequences.</summary>
    public static double[] OneStep(Sampler sampler, int steps, int step, double[] from)
    {
        SamplerLaw law = new(sampler, steps);
        DenoisingRow row = law.NewRow(ToyChain.AllMasked, new EnumeratedDraws());
        double[] after = new double[ToyChain.States];
        for (int i = 0; i < from.Length; i++)
        {
            State state = new(ToyChain.AllMasked, ToyChain.Sequence(i), new double[4], 0, 4, row.PartSteps, 1, from[i]);
            law.Step(state, step, (next, _) => after[ToyChain.Index(next.Tokens)] += next.Probability);
        }
        return after;
    }

    public static double TotalVariation(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Sum() / 2;

    public static double TotalVariation(double[] law) => TotalVariation(law, ToyChain.Law);

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
                    string key = $"{string.Join(' ', to.Tokens)} {to.PartStart} {to.PartFirstStep}" + (sampler.NeedsLogProbabilities ? $" {string.Join(' ', to.LogProbabilities)}" : "");
                    next[key] = next.TryGetValue(key, out State? known) ? known with { Probability = known.Probability + to.Probability } : to;
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
                double[] law = conditionals[proposal.Position]!;
                proposal.Token = draws.Choose(Kept(law, sampler.TopK(row)));
                proposal.LogProbability = Math.Log(law[proposal.Token]);
                proposal.LogConfidence = LogConfidence(law);
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
            reached(new State(state.Start, row.Tokens, logProbabilities, row.PartEnd - row.Part.Length, row.PartEnd, row.PartSteps, firstStep, probability), isFinished);
        }
        while (draws.Next());
    }

    private double LogConfidence(double[] law) => sampler.Score switch
    {
        ConfidenceScore.MaxProbability => Math.Log(law.Max()),
        ConfidenceScore.Margin => Math.Log(law.Max() - law.Order().ElementAt(1)),
        ConfidenceScore.NegativeEntropy => law.Sum(p => p * Math.Log(p)),
        _ => 0,
    };

    private static double[] Kept(double[] law, int topK)
    {
        if (topK == 0)
            return law;
        int[] kept = [.. Enumerable.Range(0, law.Length).OrderByDescending(v => law[v]).Take(topK)];
        double sum = kept.Sum(v => law[v]);
        return [.. law.Select((p, v) => kept.Contains(v) ? p / sum : 0)];
    }

    private sealed record State(int[] Start, int[] Tokens, double[] LogProbabilities, int PartStart, int PartEnd, int PartSteps, int PartFirstStep, double Probability);
}
