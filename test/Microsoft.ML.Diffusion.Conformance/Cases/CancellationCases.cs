using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>A run that is given up, and the one after it.</summary>
internal static class CancellationCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("cancellation: a run ends at its next multiplication, attention or loss", Ends),
        new("cancellation: a backward ends, and the next run is as if nothing had been", NextRun),
    ];

    private static void Ends(EngineUnderTest e)
    {
        Parameter weight = e.Parameter("w", 6, 6, Numbers.Normal(36, "w"));
        Tensor x = e.Inference.Write(3, 6, new float[18]);
        Sequences sequences = e.Inference.SequencesOf([0, 3]);
        using var source = new CancellationTokenSource();
        e.Inference.CancellationToken = source.Token;
        e.Inference.Linear(x, weight, null);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => e.Inference.Linear(x, weight, null));
        Assert.Throws<OperationCanceledException>(() => e.Inference.Attend(x, sequences, 2, AttentionPattern.Full));
        Assert.Throws<OperationCanceledException>(() => e.Inference.LinearCrossEntropy(x, weight, null, [0, 1, 2], [1, 1, 1]));
    }

    private static void NextRun(EngineUnderTest e)
    {
        using GraphRun run = new(Graphs.Encoder(2, 4, 1, 7, 3), e.Engine);
        Dictionary<string, float[]> expected = run.Results();
        using var source = new CancellationTokenSource();
        run.Pass.CancellationToken = source.Token;
        run.Forward();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(run.Pass.Backward);
        Assert.Throws<OperationCanceledException>(() => run.Forward());
        run.Pass.CancellationToken = CancellationToken.None;
        Dictionary<string, float[]> actual = run.Results();
        foreach ((string name, float[] values) in expected)
            Comparison.AssertClose(values, actual[name], e.Tolerances.RepeatsBitForBit ? 0 : e.Tolerances.Gradient, name);
    }
}
