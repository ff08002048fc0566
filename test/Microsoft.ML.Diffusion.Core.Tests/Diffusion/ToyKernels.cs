namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Distributions of samplers on the toy chain, written down from the papers' formulas: nothing
/// of the product but the names.</summary>
internal static class ToyKernels
{
    private const int Mask = ToyChain.Mask;

    /// <summary>One position's outcome: token, the probability the token had when written, and the outcome's own.</summary>
    private delegate IEnumerable<(int Token, double Psi, double P)> Outcomes(int position);

    public static double[] Ancestral(int steps, Func<double, double> rate) => ReMdm(steps, rate, (_, _) => 0);

    /// <summary>σ is given t and σmax.</summary>
    public static double[] ReMdm(int steps, Func<double, double> rate, Func<double, double, double> sigma) =>
        Distribution(ToyChain.AllMasked, steps, (state, step) =>
    {
        double t = (steps - step + 1.0) / steps, alphaT = step == 1 ? 0 : 1 - rate(t),
            alphaS = step == steps ? 1 : 1 - rate((double)(steps - step) / steps);
        double most = alphaT == 0 ? 1 : Math.Min(1, (1 - alphaS) / alphaT), s = step == steps ? 0 : sigma(t, most);
        double written = (alphaS - (1 - s) * alphaT) / (1 - alphaT);
        return i => state.Tokens[i] != Mask ? [(state.Tokens[i], 0, 1 - s), (Mask, 0, s)]
            : WithoutPsi(MaskOutcomes(state.Tokens, i, written));
    });

    public static double[] Spindle(int steps, Func<double, int, double> rate) =>
        Distribution(ToyChain.AllMasked, steps, (state, step) => i =>
    {
        if (state.Tokens[i] != Mask)
            return [(state.Tokens[i], 0, 1)];
        double t = (steps - step + 1.0) / steps, s = (double)(steps - step) / steps;
        double[] written =
            [.. ToyChain.Conditionals(state.Tokens)[i]!.Select((p, v) => p * (step == steps ? 1 : (rate(t, v) - rate(s, v)) / rate(t, v)))];
        return [.. written.Select((p, v) => (v, 0.0, p)), (Mask, 0, step == steps ? 0 : 1 - written.Sum())];
    });

    public static double[] ReMdmConfidence(int steps) => Distribution(ToyChain.AllMasked, steps, (state, step) =>
    {
        double alphaT = (step - 1.0) / steps, alphaS = (double)step / steps, most = alphaT == 0 ? 1 : Math.Min(1, (1 - alphaS) / alphaT);
        double sum = Enumerable.Range(0, 4).Where(i => state.Tokens[i] != Mask).Sum(i => Math.Exp(-state.Psi[i]));
        return i =>
        {
            if (state.Tokens[i] == Mask)
                return MaskOutcomes(state.Tokens, i, (alphaS - alphaT) / (1 - alphaT));
            double sigma = most * Math.Exp(-state.Psi[i]) / sum;
            return [(state.Tokens[i], state.Psi[i], 1 - sigma), (Mask, 0, sigma)];
        };
    });

    public static double[] UniformRemask(int steps) => Distribution(ToyChain.AllMasked, steps, (state, step) =>
    {
        double masked = (double)(steps - step) / steps;
        return i => state.Tokens[i] != Mask ? [(state.Tokens[i], 0, 1 - masked), (Mask, 0, masked)]
            : WithoutPsi(MaskOutcomes(state.Tokens, i, 1 - masked));
    });

    public static double[] MaskPredict(int steps) => Distribution(ToyChain.AllMasked, steps, (state, step) =>
    {
        int masks = 4 * (steps - step + 1) / steps;
        int[] tokens = [.. state.Tokens];
        foreach (int i in Enumerable.Range(0, 4).OrderBy(i => state.Psi[i]).ThenBy(i => i).Take(masks))
            tokens[i] = Mask;
        return i => tokens[i] != Mask ? [(tokens[i], state.Psi[i], 1)] : MaskOutcomes(tokens, i, 1);
    });

    /// <summary>⌊n·(T − k) / T⌋ masks are left after step k, and one token is written at least.</summary>
    public static double[] Top(int steps, int[] start, Func<double[], double> score) => Distribution(start, steps, (state, step) =>
    {
        double[]?[] conditionals = ToyChain.Conditionals(state.Tokens);
        int[] masked = [.. Enumerable.Range(0, 4).Where(i => state.Tokens[i] == Mask)];
        int left = Math.Max(0, Math.Min(start.Count(token => token == Mask) * (steps - step) / steps, masked.Length - 1));
        HashSet<int> chosen = [.. masked.OrderByDescending(i => score(conditionals[i]!)).ThenBy(i => i).Take(masked.Length - left)];
        return i => state.Tokens[i] != Mask ? [(state.Tokens[i], 0, 1)] : MaskOutcomes(state.Tokens, i, chosen.Contains(i) ? 1 : 0);
    });

    private static IEnumerable<(int Token, double Psi, double P)> WithoutPsi(IEnumerable<(int Token, double Psi, double P)> outcomes) =>
        outcomes.Select(o => o with { Psi = 0 });

    private static IEnumerable<(int Token, double Psi, double P)> MaskOutcomes(int[] tokens, int position, double written)
    {
        double[] distribution = ToyChain.Conditionals(tokens)[position]!;
        return [.. distribution.Select((p, v) => (v, p, p * written)), (Mask, 0, 1 - written)];
    }

    private static double[] Distribution(int[] start, int steps, Func<State, int, Outcomes> kernel)
    {
        Dictionary<string, State> distribution = new() { [""] = new State(start, new double[4], 1) };
        for (int step = 1; step <= steps; step++)
        {
            Dictionary<string, State> next = [];
            foreach (State state in distribution.Values)
            {
                Outcomes outcomes = kernel(state, step);
                IEnumerable<State> reached = [state];
                for (int i = 0; i < 4; i++)
                {
                    int position = i;
                    (int Token, double Psi, double P)[] here = [.. outcomes(i).Where(o => o.P > 0)];
                    reached = [.. reached.SelectMany(s => here.Select(o => s.With(position, o.Token, o.Psi, o.P)))];
                }
                foreach (State to in reached)
                {
                    string key = $"{string.Join(' ', to.Tokens)} {string.Join(' ', to.Psi)}";
                    next[key] = next.TryGetValue(key, out State? known) ? known with { P = known.P + to.P } : to;
                }
            }
            distribution = next;
        }
        double[] result = new double[ToyChain.States];
        foreach (State state in distribution.Values)
            result[ToyChain.Index(state.Tokens)] += state.P;
        return result;
    }

    private sealed record State(int[] Tokens, double[] Psi, double P)
    {
        public State With(int position, int token, double psi, double p)
        {
            (int[] tokens, double[] psis) = ([.. Tokens], [.. Psi]);
            (tokens[position], psis[position]) = (token, psi);
            return new State(tokens, psis, P * p);
        }
    }
}
