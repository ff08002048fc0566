using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>Engines that keep less, and say so: the suite passes them, and fails them where they do not say it.</summary>
[TestClass]
public sealed class LooseEngineTests
{
    private static readonly ConformanceTolerances s_float = ConformanceTolerances.ForFloats with { Quantizes = false };

    private static readonly ConformanceTolerances s_half = s_float with
    {
        Forward = 1e-2, Gradient = 2e-2, ModelForward = .05, ModelGradient = .15, Loss = 1e-2, PacksBitForBit = false,
    };

    private static readonly Dictionary<string, (Func<ReferenceExecutor> Create, ConformanceTolerances Tolerances)> s_engines = new()
    {
        ["rows that depend on the batch"] = (() => new DependsOnRows(), s_float with { IsEqualInAnyBatch = false }),
        ["another draw of attention's dropout"] = (() => new DrawsOtherwise(), s_float with { DropsAttentionAlike = false }),
        ["results that differ from time to time"] =
            (() => new Unsteady(), s_float with { RepeatsBitForBit = false, IsEqualInAnyBatch = false }),
        ["products of 8 bits of mantissa"] = (() => new Half(), s_half),
        ["activations of 8 bits of mantissa"] = (() => new HalfActivations(), s_half with { HoldsTensorsBitForBit = false }),
    };

    public static IEnumerable<object[]> Names => s_engines.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Passes_where_it_is_stated(string name)
    {
        (Func<ReferenceExecutor> create, ConformanceTolerances tolerances) = s_engines[name];
        string[] failed = [.. Failed(create, tolerances)];
        Assert.IsEmpty(failed, $"{name}: {string.Join("; ", failed)}");
        Assert.IsTrue(Failed(create, s_float).Any(), name);
    }

    private static IEnumerable<string> Failed(Func<ReferenceExecutor> create, ConformanceTolerances tolerances) =>
        from value in ConformanceSuite.Cases
        let exception = Run(value, create, tolerances)
        where exception is not null
        select $"{value.Name}: {exception.Message}";

    private static Exception? Run(ConformanceCase value, Func<ReferenceExecutor> create, ConformanceTolerances tolerances)
    {
        try
        {
            ConformanceSuite.Run(value, () => new EngineOf(create), tolerances);
            return null;
        }
        catch (AssertFailedException exception)
        {
            return exception;
        }
    }

    private sealed class EngineOf(Func<ReferenceExecutor> create) : ReferenceEngine
    {
        // Each is an engine of its own, whose parameters are moved to the reference and back.
        public override bool SharesParametersWith(Engine other) => ReferenceEquals(this, other);

        public override Executor CreateExecutor() => create();
    }

    private sealed class DependsOnRows : ReferenceExecutor
    {
        public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
        {
            base.Linear(x, weight, bias, activation, y);
            Change(this, y, value => (float)(value * (1 + y.Rows * 1e-8)));
        }
    }

    private sealed class DrawsOtherwise : ReferenceExecutor
    {
        public override void Attend(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
            AttentionDropout dropout) =>
            base.Attend(qkv, sequences, heads, pattern, bias, y, logSumExp, dropout with { Key = ~dropout.Key });

        public override void AttendBackward(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp, Tensor dy,
            Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout) =>
            base.AttendBackward(
                qkv, sequences, heads, pattern, bias, y, logSumExp, dy, dqkv, dbias, accumulate, dropout with { Key = ~dropout.Key });
    }

    private sealed class Unsteady : ReferenceExecutor
    {
        private static int s_calls;

        public override void Activate(Tensor x, Activation activation, Tensor y)
        {
            base.Activate(x, activation, y);
            float factor = 1 + Interlocked.Increment(ref s_calls) % 7 * 1.2e-7f;
            Change(this, y, value => value * factor);
        }
    }

    /// <summary>Inputs of products are rounded as bfloat16 rounds.</summary>
    private sealed class Half : ReferenceExecutor
    {
        public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y) =>
            base.Linear(Rounded(x), weight, bias, activation, y);

        public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate) =>
            base.LinearBackward(Rounded(x), weight, bias, Rounded(dy), dx, accumulate);

        private Tensor Rounded(Tensor tensor)
        {
            Tensor rounded = Allocate(tensor.Rows, tensor.Columns);
            Copy(tensor, rounded, accumulate: false);
            Change(this, rounded, Round);
            return rounded;
        }
    }

    /// <summary>What is written is rounded so, and what activations give.</summary>
    private sealed class HalfActivations : ReferenceExecutor
    {
        public override void Write(Tensor tensor, ReadOnlySpan<float> values) =>
            base.Write(tensor, Array.ConvertAll(values.ToArray(), Round));

        public override void Activate(Tensor x, Activation activation, Tensor y)
        {
            base.Activate(x, activation, y);
            Change(this, y, Round);
        }
    }

    private static float Round(float value) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) + 0x8000 & ~0xFFFF);

    private static void Change(Executor executor, Tensor tensor, Func<float, float> change)
    {
        float[] values = new float[tensor.Rows * tensor.Columns];
        executor.Read(tensor, values);
        executor.Write(tensor, Array.ConvertAll(values, value => change(value)));
    }
}
