using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Primitives put together on a pass, and the way back over them.</summary>
internal static class GraphCases
{
    /// <summary>Each graph by name: those whose gradients the reference proves by finite differences.</summary>
    public static IReadOnlyList<(string Name, Action<IGraph> Graph)> Graphs { get; } =
    [
        ("embeddings of tokens, positions and kinds", Conformance.Graphs.Embed(13, 5)),
        ("positions from an offset on and one row for all", Conformance.Graphs.Positions(5, 2, 4, 1, 6)),
        ("embeddings after other operations", Conformance.Graphs.LateEmbeddings(6, 5)),
        .. Enum.GetValues<Activation>().SelectMany(activation => ((string, Action<IGraph>)[])
        [
            ($"a linear layer, {activation}", Conformance.Graphs.Linear(7, 5, 9, bias: true, activation)),
            ($"a gate, {activation}", Conformance.Graphs.Gate(9, 5, activation)),
        ]),
        ("a linear layer without a bias", Conformance.Graphs.Linear(4, 3, 1, bias: false, Activation.Gelu)),
        ("layer norm", Conformance.Graphs.LayerNorm(3, 5, bias: true)),
        ("layer norm without a bias", Conformance.Graphs.LayerNorm(37, 6, bias: false)),
        ("layer norm of a sum", Conformance.Graphs.AddLayerNorm(3, 5, bias: true)),
        ("layer norm of a sum, without a bias", Conformance.Graphs.AddLayerNorm(9, 6, bias: false)),
        ("rotary positions", Conformance.Graphs.Rotate(2, 6, 1, 9, 4)),
        ("attention", Conformance.Graphs.Attend(2, 4, int.MaxValue, 1, 5, 1, 9)),
        ("attention, one head of one", Conformance.Graphs.Attend(1, 1, int.MaxValue, 4)),
        ("attention in a window", Conformance.Graphs.Attend(2, 5, 3, 1, 17, 4, 3)),
        ("attention, itself alone", Conformance.Graphs.Attend(1, 4, 0, 3, 6)),
        ("causal attention", Conformance.Graphs.PatternAttend(2, 3, AttentionPattern.Causal, 1, 7, 20)),
        ("attention, what comes after alone", Conformance.Graphs.PatternAttend(2, 3, new(0, int.MaxValue), 1, 7, 20)),
        ("attention, 3 before and 1 after", Conformance.Graphs.PatternAttend(1, 4, new(3, 1), 9, 1, 30)),
        ("attention with a bias that two share", Conformance.Graphs.BiasedAttend(0, 2, 3, AttentionPattern.Full, 1, 5, 3)),
        ("causal attention with a bias", Conformance.Graphs.BiasedAttend(0, 3, 2, AttentionPattern.Causal, 12, 2)),
        ("attention in a window with a bias", Conformance.Graphs.BiasedAttend(0, 1, 4, new(2, 5), 9, 17)),
        ("dropout", Conformance.Graphs.Dropout(9, 7)),
        ("gathered rows", Conformance.Graphs.Gather(9, 4, 14)),
        ("first rows", Conformance.Graphs.FirstRows(5, 1, 7, 3)),
        ("mean rows", Conformance.Graphs.MeanRows(5, 1, 7, 3)),
        ("a sum", Conformance.Graphs.Add(5, 7)),
        ("cross-entropy of two classes", Conformance.Graphs.CrossEntropy(1, 1, 2, bias: false)),
        ("cross-entropy", Conformance.Graphs.CrossEntropy(7, 5, 9, bias: true)),
        ("cross-entropy with label smoothing", Conformance.Graphs.CrossEntropy(7, 5, 19, bias: true, smoothing: .3)),
        .. ((string[])["linear", "activate", "layer norm", "add layer norm", "gate", "dropout", "gather", "mean rows", "first rows", "add",
        "losses"])
            .SelectMany(operation => ((string, Action<IGraph>)[])
            [
                ($"a tensor read twice, first by {operation}", Conformance.Graphs.FanOut(operation, operationFirst: true)),
                ($"a tensor read twice, last by {operation}", Conformance.Graphs.FanOut(operation, operationFirst: false)),
            ]),
        ("an encoder", Conformance.Graphs.Encoder(2, 4, 1, 7, 3)),
    ];

    /// <summary>Graphs whose attention drops, which another engine may do otherwise.</summary>
    public static IReadOnlyList<(string Name, Action<IGraph> Graph)> DroppingGraphs { get; } =
    [
        ("attention that drops", Conformance.Graphs.DroppingAttend(.3, 2, 3, int.MaxValue, 1, 5, 3)),
        ("attention in a window that drops", Conformance.Graphs.DroppingAttend(.3, 2, 3, 2, 7, 1, 20)),
        ("attention that drops, with a bias", Conformance.Graphs.BiasedAttend(.3, 2, 3, AttentionPattern.Full, 7, 1)),
        ("attention in a window that drops, with a bias", Conformance.Graphs.BiasedAttend(.3, 2, 3, new(1, 2), 3, 16)),
    ];

    public static ConformanceCase[] All { get; } =
    [
        .. Graphs.Select(graph => new ConformanceCase($"graph: {graph.Name}", e => e.AssertGraph("the graph", graph.Graph))),
        .. DroppingGraphs.Select(graph => new ConformanceCase($"graph: {graph.Name}", e =>
        {
            if (e.Tolerances.DropsAttentionAlike)
                e.AssertGraph("the graph", graph.Graph);
        })),
        new("graph: gradients add to those of the run before", Added),
        new("graph: frozen parameters are passed through", Frozen),
        new("graph: two readers of queries, keys and values are refused", TwoReaders),
        new("graph: what leads to no loss is refused", NoLoss),
        new("graph: a pass for inference has no backward", Inference),
    ];

    private static void Added(EngineUnderTest e)
    {
        using GraphRun run = new(Conformance.Graphs.Linear(7, 5, 9, bias: true, Activation.Gelu), e.Engine);
        Dictionary<string, float[]> once = run.Results();
        run.Forward();
        run.Pass.Backward();
        foreach ((string name, Parameter parameter) in run.Parameters)
            Comparison.AssertClose(Array.ConvertAll(once[$"d {name}"], value => 2.0 * value), e.Read(parameter.Gradient),
                e.Tolerances.Gradient, name);
    }

    private static void Frozen(EngineUnderTest e)
    {
        using GraphRun run = new(Conformance.Graphs.Encoder(2, 4, 1, 7, 3), e.Engine);
        Dictionary<string, float[]> all = run.Results();
        // From the top down, until nothing learns.
        foreach (string name in (string[])["1.down", "1.norm2", "1.out", "1.qkv.b", "1.qkv", "0.qkv", "0.norm1", "norm"])
            e.Engine.ReleaseTraining([run.Parameters[name]]);
        Parameter[] learning = [.. run.Parameters.Values.Where(parameter => parameter.Gradient is not null)];
        e.Engine.ClearGradients(learning);
        run.Forward();
        run.Pass.Backward();
        foreach (Parameter parameter in learning)
            Comparison.AssertClose(all[$"d {parameter.Name}"], e.Read(parameter.Gradient),
                e.Tolerances.RepeatsBitForBit ? 0 : e.Tolerances.Gradient, parameter.Name);
        e.Engine.ReleaseTraining(learning);
        run.Forward();
        run.Pass.Backward();
    }

    private static void TwoReaders(EngineUnderTest e)
    {
        using GraphRun run = new(g =>
        {
            Tensor qkv = g.Input("qkv", 4, 6);
            g.Loss("a", g.Pass.Attend(qkv, g.Sequences(4), 1, AttentionPattern.Full));
            g.Loss("b", g.Pass.Add(qkv, qkv));
        }, e.Engine);
        Assert.ThrowsExactly<InvalidOperationException>(() => run.ForwardBackward());
    }

    private static void NoLoss(EngineUnderTest e)
    {
        using GraphRun run = new(g =>
        {
            Tensor x = g.Input("x", 4, 6);
            g.Loss("a", g.Pass.Linear(x, g.Parameter("w", 3, 6), null));
            g.Pass.Linear(x, g.Parameter("unused", 3, 6), null);
        }, e.Engine);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => run.ForwardBackward()).Message,
            "does not lead to a loss");
    }

    private static void Inference(EngineUnderTest e)
    {
        Assert.IsFalse(e.Inference.Training);
        Assert.ThrowsExactly<InvalidOperationException>(e.Inference.Backward);
        Assert.ThrowsExactly<InvalidOperationException>(() => e.Inference.AddLoss(e.Inference.Write(1, 1, [1]), [1]));
    }
}
