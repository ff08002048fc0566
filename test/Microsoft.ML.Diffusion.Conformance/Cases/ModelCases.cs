using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>A small model of each family, whole.</summary>
internal static class ModelCases
{
    private static readonly int[][] s_sequences = [[1, 2, 3, 7, 9, 11, 3], [4], [], [22, 5, 6]];

    public static ConformanceCase[] All { get; } =
    [
        .. SmallModels.FamilyNames.SelectMany(family => (ConformanceCase[])
        [
            new($"{family}: hidden states, logits and the loss", e => Forward(e, family)),
            new($"{family}: the gradients of all parameters", e => Gradients(e, family, dropout: false)),
            new($"{family}: the gradients of all parameters, with dropout", e => Gradients(e, family, dropout: true)),
            new($"{family}: layers that are run again give the same gradients", e => Recomputed(e, family)),
            new($"{family}: packed for inference it computes the same", e => Packed(e, family)),
            new($"{family}: a sequence alone and in a batch", e => AloneAndInABatch(e, family)),
            new($"{family}: a step of training", e => Step(e, family)),
            new($"{family}: moved to another engine, and back", e => Moved(e, family)),
        ]),
        new("model: moved to another engine of the kind, and back", MovedToTheLike),
        new("model: what training keeps moves too", TrainingMoves),
        new("model: rounded to integers it computes about the same, or is refused", Quantized),
        new("model: rounded to integers it does not move to an engine that cannot compute with it", QuantizedStays),
    ];

    private static void Forward(EngineUnderTest e, string family) => e.AssertAgrees("the model", engine =>
    {
        using MaskedLanguageModel model = SmallModels.Create(family, engine);
        using Pass pass = Pass.ForInference(engine);
        pass.Begin();
        Tensor hidden = model.Encoder.Forward(pass, SmallModels.Batch(s_sequences));
        Tensor transformed = model.Head.Transform(pass, hidden);
        Loss loss = model.Head.Loss(pass, transformed, Numbers.Integers(11, 23, "targets"), Numbers.Normal(11, "weights", .2, 1));
        return new()
        {
            ["hidden states"] = EngineUnderTest.Read(pass, hidden),
            ["logits"] = EngineUnderTest.Read(pass, model.Head.Decode(pass, transformed)),
            ["loss"] = [(float)pass.Read(loss)],
        };
    }, e.Tolerances.ModelForward, e.Tolerances.ModelGradient);

    private static void Gradients(EngineUnderTest e, string family, bool dropout) => e.AssertAgrees("the model", engine =>
    {
        using MaskedLanguageModel model = Trainable(e, family, engine);
        using Pass pass = Pass.ForTraining(engine, withDropout: dropout);
        return SmallModels.Gradients(model, pass, s_sequences);
    }, e.Tolerances.ModelForward, e.Tolerances.ModelGradient);

    private static void Recomputed(EngineUnderTest e, string family)
    {
        using MaskedLanguageModel model = Trainable(e, family, e.Engine);
        using Pass plain = Pass.ForTraining(e.Engine), again = Pass.ForTraining(e.Engine, recompute: true);
        Dictionary<string, float[]> expected = SmallModels.Gradients(model, plain, s_sequences);
        for (int run = 0; run < 2; run++)
        {
            Dictionary<string, float[]> actual = SmallModels.Gradients(model, again, s_sequences);
            if (e.Tolerances.RepeatsBitForBit)
                Comparison.AssertSameBits(expected, actual, $"run {run}");
            foreach ((string name, float[] values) in expected)
                Comparison.AssertClose(values, actual[name], e.Tolerances.ModelGradient, name);
        }
    }

    private static void Packed(EngineUnderTest e, string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, e.Engine);
        float[] plain = SmallModels.Logits(model, s_sequences);
        model.PrepareForInference();
        AssertSame(e, plain, SmallModels.Logits(model, s_sequences), e.Tolerances.PacksBitForBit, "packed");
        model.PrepareForTraining();
        AssertSame(e, plain, SmallModels.Logits(model, s_sequences), e.Tolerances is { RepeatsBitForBit: true, PacksBitForBit: true },
            "unpacked");
    }

    private static void AloneAndInABatch(EngineUnderTest e, string family)
    {
        using MaskedLanguageModel model = SmallModels.Create(family, e.Engine);
        model.PrepareForInference();
        float[] batch = SmallModels.Logits(model, s_sequences);
        int start = 0;
        foreach (int[] sequence in s_sequences)
        {
            float[] alone = SmallModels.Logits(model, sequence);
            AssertSame(e, alone, batch.AsSpan(start, alone.Length), e.Tolerances.IsEqualInAnyBatch, string.Join(' ', sequence));
            start += alone.Length;
        }
        Assert.AreEqual(batch.Length, start);
    }

    private static void Step(EngineUnderTest e, string family) => e.AssertAgrees("the weights after three steps", engine =>
    {
        using MaskedLanguageModel model = Trainable(e, family, engine);
        using Pass pass = Pass.ForTraining(engine);
        Parameter[] parameters = [.. model.Parameters.All];
        engine.CreateTraining(parameters, averages: true);
        double norms = 0;
        for (int step = 1; step <= 3; step++)
        {
            SmallModels.Gradients(model, pass, s_sequences);
            norms += engine.SumOfSquares(parameters);
            // With an epsilon as great as gradients: else the sign of a gradient that is all rounding decides.
            engine.Update(parameters, AdamWFormula.Settings(step, .01, .1, 1, epsilon: 1));
            engine.Average(parameters, .9);
        }
        engine.ExchangeAverages(parameters);
        Dictionary<string, float[]> results = SmallModels.Weights(model);
        results["norms"] = [(float)norms];
        results["logits of the averages"] = SmallModels.Logits(model, s_sequences);
        return results;
    }, e.Tolerances.ModelForward, e.Tolerances.ModelGradient);

    private static void Moved(EngineUnderTest e, string family)
    {
        using ReferenceEngine there = new();
        using MaskedLanguageModel model = SmallModels.Create(family, e.Engine);
        model.PrepareForInference();
        float[] expected = SmallModels.Logits(model, s_sequences);
        Dictionary<string, float[]> weights = SmallModels.Weights(model);
        model.ComputeOn(there);
        Assert.AreSame(there, model.Engine);
        Comparison.AssertSameBits(weights, SmallModels.Weights(model), "weights there");
        Comparison.AssertClose(SmallModels.Logits(model, s_sequences), expected, e.Tolerances.ModelForward, "there");
        model.ComputeOn(e.Engine);
        Comparison.AssertSameBits(weights, SmallModels.Weights(model), "weights back");
        model.PrepareForInference();
        AssertSame(e, expected, SmallModels.Logits(model, s_sequences), e.Tolerances.RepeatsBitForBit, "back");
    }

    private static void MovedToTheLike(EngineUnderTest e)
    {
        using Engine other = e.OpenAnother();
        using MaskedLanguageModel model = SmallModels.Create("bert", e.Engine);
        model.PrepareForInference();
        float[] expected = SmallModels.Logits(model, s_sequences);
        foreach (Engine engine in (Engine[])[other, e.Engine])
        {
            model.ComputeOn(engine);
            Assert.AreSame(engine, model.Engine);
            bool bitForBit = e.Tolerances is { RepeatsBitForBit: true, PacksBitForBit: true };
            AssertSame(e, expected, SmallModels.Logits(model, s_sequences), bitForBit, "moved");
        }
    }

    private static void TrainingMoves(EngineUnderTest e)
    {
        using ReferenceEngine there = new();
        using MaskedLanguageModel model = SmallModels.Create("bert", e.Engine);
        model.PrepareForTraining();
        e.Engine.CreateTraining([.. model.Parameters.All], averages: true);
        Parameter frozen = model.Parameters.All[0], moved = model.Parameters.All[^1];
        e.Engine.ReleaseTraining([frozen]);
        float[] numbers = Numbers.Normal((int)moved.Length, "numbers");
        for (int i = 0; i < 4; i++)
            e.Engine.Write(Buffers()[i]!, 0, Array.ConvertAll(numbers, value => (1 << i) * value));
        foreach (Engine engine in (Engine[])[there, e.Engine])
        {
            model.ComputeOn(engine);
            Assert.IsNull(frozen.Gradient);
            for (int i = 0; i < 4; i++)
            {
                float[] values = new float[numbers.Length];
                engine.Read(Buffers()[i]!, 0, values);
                Comparison.AssertSameBits(Array.ConvertAll(numbers, value => (1 << i) * value), values, $"buffer {i} on '{engine.Name}'");
            }
        }

        DeviceBuffer?[] Buffers() => [moved.Gradient, moved.FirstMoment, moved.SecondMoment, moved.Average];
    }

    private static void Quantized(EngineUnderTest e)
    {
        using MaskedLanguageModel model = SmallModels.Create("bert", e.Engine);
        model.PrepareForInference();
        float[] exact = SmallModels.Logits(model, s_sequences);
        if (!e.Engine.CanQuantize)
        {
            Assert.ThrowsExactly<NotSupportedException>(model.Quantize);
            return;
        }
        model.Quantize();
        Assert.IsTrue(model.IsQuantized);
        float[] rounded = SmallModels.Logits(model, s_sequences);
        CollectionAssert.AreNotEqual(exact, rounded);
        Assert.IsLessThan(.1, Comparison.Error(rounded, exact));
        model.PrepareForTraining();
        Assert.IsFalse(model.IsQuantized);
        Assert.IsLessThan(.1, Comparison.Error(SmallModels.Logits(model, s_sequences), exact));
    }

    private static void QuantizedStays(EngineUnderTest e)
    {
        if (!e.Engine.CanQuantize)
            return;
        using ReferenceEngine there = new();
        using MaskedLanguageModel model = SmallModels.Create("bert", e.Engine);
        model.PrepareForInference();
        model.Quantize();
        float[] expected = SmallModels.Logits(model, s_sequences);
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => model.ComputeOn(there)).Message, "quantized");
        Assert.AreSame(e.Engine, model.Engine);
        AssertSame(e, expected, SmallModels.Logits(model, s_sequences), e.Tolerances.RepeatsBitForBit, "after the refusal");
    }

    /// <summary>A model with gradients; without attention's dropout where the engine draws it otherwise.</summary>
    private static MaskedLanguageModel Trainable(EngineUnderTest e, string family, Engine engine)
    {
        MaskedLanguageModel model = SmallModels.Create(
            family, engine, change:
            c =>
            {
                EncoderConfiguration dropping = c.WithDropout(.1);
                return dropping with { Attention = dropping.Attention with { Dropout = e.Tolerances.DropsAttentionAlike ? .2 : 0 } };
            });
        model.PrepareForTraining();
        return model;
    }

    private static void AssertSame(EngineUnderTest e, float[] expected, ReadOnlySpan<float> actual, bool bitForBit, string what) =>
        EngineUnderTest.AssertSame(expected, actual, bitForBit, e.Tolerances.ModelForward, what);
}
