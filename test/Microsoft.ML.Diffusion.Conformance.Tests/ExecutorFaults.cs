using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>Executors that err in one thing each: primitives, and what is behind handles.</summary>
internal static class ExecutorFaults
{
    public static Fault[] All { get; } =
    [
        new("the gradient of a linear layer's bias is forgotten", "linear: backward in many shapes", () => new NoBiasGradient()),
        new("a linear layer's weight gradient is overwritten", "linear: backward in many shapes", () => new WeightOverwritten()),
        new("a linear layer's backward takes accumulate for no matter", "linear: backward, added to", () => new LinearOverwrites()),
        new("the activation after a linear layer is the other GELU", "linear: Gelu, by its formula", () => new OtherGelu()),
        new("layer norm's epsilon stands outside the root", "layer norm: epsilon stands under the root", () => new EpsilonOutside()),
        new("layer norm's backward leaves out the mean", "layer norm: of sums, and its backward", () => new NormWithoutMean()),
        new("a gate's backward has its halves in each other's place", "gate: ", () => new GateHalves()),
        new("an activation's backward adds to what is unspecified", "activation: Gelu and its backward", () => new AddsToUnspecified()),
        new("rotary positions are turned on in the backward", "rotary: in many shapes", () => new RotatesOn()),
        new("attention's backward forgets the scale", "attention: full, and its backward", () => new NoScale()),
        new("attention's window is one too wide", "attention: a window of 1, by its formula", () => new WideWindow()),
        new("attention's bias is mirrored", "attention: full, with a bias, by its formula", () => new MirroredBias()),
        new("attention's backward drops others than the forward", "attention: the backward drops what the forward dropped",
            () => new DropsOthers()),
        new("dropout forgets its scale", "dropout: elements are dropped by the words", () => new NoDropoutScale()),
        new("dropout draws with another key", "dropout: elements are dropped by the words", () => new OtherKey()),
        new("gather's backward overwrites repeated rows", "rows: gathered rows, some more than once", () => new RepeatedRows()),
        new("embedding's backward forgets repeated rows", "rows: embeddings and their backward", () => new RepeatedIds()),
        new("positions' backward forgets the offset", "rows: positions from an offset on", () => new NoOffset()),
        new("the mean's backward does not divide", "rows: means and their backward", () => new MeanWithoutCount()),
        new("first rows' backward leaves the other rows", "rows: first rows and their backward", () => new OtherRowsStay()),
        new("cross-entropy forgets smoothing in the gradient", "cross-entropy: loss and gradients in many shapes; smoothing 0.1",
            () => new NoSmoothingInGradient()),
        new("cross-entropy's loss forgets the weights of rows", "cross-entropy: by its formula", () => new NoWeights()),
        new("of equal elements the last is first", "greatest: of equal elements", () => new LastOfEqual()),
        .. DrawFaults.All,
        new("a kept tensor is one of its neighbors", "memory: kept tensors", () => new KeepsAnother()),
        new("memory is not given back", "memory: it does not grow", () => new Grows()),
        new("a view is a copy", "memory: a view shares", () => new CopiedView()),
        new("a row depends on how many there are", "alone and in a batch: rows of linear layers", () => new DependsOnRows()),
        new("a result is another each time", "the same twice", () => new Unsteady()),
    ];

    private sealed class NoBiasGradient : ReferenceExecutor
    {
        public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate) =>
            base.LinearBackward(x, weight, null, dy, dx, accumulate);
    }

    private sealed class WeightOverwritten : ReferenceExecutor
    {
        public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate)
        {
            if (weight.Gradient is ReferenceBuffer gradient)
                Array.Clear(gradient.Values);
            base.LinearBackward(x, weight, bias, dy, dx, accumulate);
        }
    }

    private sealed class LinearOverwrites : ReferenceExecutor
    {
        public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate) =>
            base.LinearBackward(x, weight, bias, dy, dx, accumulate: false);
    }

    private sealed class OtherGelu : ReferenceExecutor
    {
        public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y) =>
            base.Linear(x, weight, bias, activation == Activation.Gelu ? Activation.GeluTanh : activation, y);
    }

    private sealed class EpsilonOutside : ReferenceExecutor
    {
        // 1 / (√v + ε) is 1 / √(v + ε') for ε' = 2·√v·ε + ε², which rows have each of their own.
        public override void AddLayerNorm(
            Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y, Tensor statistics)
        {
            for (int row = 0; row < y.Rows; row++)
            {
                Tensor? other = b is Tensor second ? View(second, row, 1) : null;
                Tensor first = View(a, row, 1), total = View(sum, row, 1), result = View(y, row, 1), kept = View(statistics, row, 1);
                base.AddLayerNorm(first, other, weight, bias, epsilon, total, result, kept);
                float[] meanAndInverse = new float[2];
                Read(kept, meanAndInverse);
                double root = Math.Sqrt(Math.Max(0, 1 / ((double)meanAndInverse[1] * meanAndInverse[1]) - epsilon));
                base.AddLayerNorm(total, null, weight, bias, 2 * root * epsilon + epsilon * epsilon, total, result, kept);
            }
        }
    }

    private sealed class NormWithoutMean : ReferenceExecutor
    {
        public override void LayerNormBackward(
            Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum, bool accumulate)
        {
            // (sum − mean) without its mean: the correction by the product is then another.
            float[] kept = new float[statistics.Rows * 2];
            Read(statistics, kept);
            Tensor changed = Allocate(statistics.Rows, 2);
            Write(changed, [.. kept.Select((value, i) => i % 2 == 0 ? 0 : value)]);
            base.LayerNormBackward(sum, weight, bias, changed, dy, dsum, accumulate);
        }
    }

    private sealed class GateHalves : ReferenceExecutor
    {
        public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate)
        {
            base.GateBackward(x, activation, dy, dx, accumulate);
            float[] values = new float[dx.Rows * dx.Columns];
            Read(dx, values);
            Write(dx, [.. values.Select((_, i) => values[i / dx.Columns * dx.Columns + (i % dx.Columns + dx.Columns / 2) % dx.Columns])]);
        }
    }

    private sealed class AddsToUnspecified : ReferenceExecutor
    {
        public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate) =>
            base.ActivateBackward(x, activation, dy, dx, accumulate: true);
    }

    private sealed class RotatesOn : ReferenceExecutor
    {
        public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse) =>
            base.Rotate(qkv, sequences, heads, theta, inverse: false);
    }

    private sealed class NoScale : ReferenceExecutor
    {
        public override void AttendBackward(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp, Tensor dy,
            Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout)
        {
            base.AttendBackward(qkv, sequences, heads, pattern, bias, y, logSumExp, dy, dqkv, dbias, accumulate, dropout);
            float[] values = new float[dqkv.Rows * dqkv.Columns];
            Read(dqkv, values);
            float scale = MathF.Sqrt(y.Columns / heads);
            Write(dqkv, [.. values.Select((value, i) => i % dqkv.Columns < 2 * y.Columns ? value * scale : value)]);
        }
    }

    private sealed class WideWindow : ReferenceExecutor
    {
        public override void Attend(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
            AttentionDropout dropout) =>
            base.Attend(qkv, sequences, heads, pattern with { After = Math.Max(pattern.After, pattern.After + 1) }, bias, y, logSumExp,
                dropout);
    }

    private sealed class MirroredBias : ReferenceExecutor
    {
        public override void Attend(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
            AttentionDropout dropout)
        {
            if (bias is Tensor given)
            {
                float[] values = new float[given.Rows * given.Columns];
                Read(given, values);
                bias = Allocate(given.Rows, given.Columns);
                Write(bias.Value, [.. values.Chunk(given.Columns).Reverse().SelectMany(row => row)]);
            }
            base.Attend(qkv, sequences, heads, pattern, bias, y, logSumExp, dropout);
        }
    }

    private sealed class DropsOthers : ReferenceExecutor
    {
        public override void AttendBackward(
            Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp, Tensor dy,
            Tensor dqkv, Tensor? dbias, bool accumulate, AttentionDropout dropout) =>
            base.AttendBackward(qkv, sequences, heads, pattern, bias, y, logSumExp, dy, dqkv, dbias, accumulate,
                dropout with { Key = dropout.Key + 1 });
    }

    private sealed class NoDropoutScale : ReferenceExecutor
    {
        public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate)
        {
            float[] values = new float[x.Rows * x.Columns];
            Read(x, values);
            Tensor smaller = Allocate(x.Rows, x.Columns);
            Write(smaller, [.. values.Select(value => (float)(value * (1 - rate)))]);
            base.Dropout(smaller, rate, key, y, accumulate);
        }
    }

    private sealed class OtherKey : ReferenceExecutor
    {
        public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate) =>
            base.Dropout(x, rate, key + 1, y, accumulate);
    }

    private sealed class RepeatedRows : ReferenceExecutor
    {
        public override void GatherBackward(Tensor dy, Indices rows, Tensor dx, bool accumulate)
        {
            int[] places = new int[rows.Count];
            Tensor numbers = Allocate(dx.Rows, 1), picked = Allocate(rows.Count, 1);
            float[] values = new float[rows.Count], gradient = new float[dy.Rows * dy.Columns];
            Write(numbers, [.. Enumerable.Range(0, dx.Rows).Select(i => (float)i)]);
            Gather(numbers, rows, picked);
            Read(picked, values);
            Read(dy, gradient);
            for (int i = 0; i < places.Length; i++)
            {
                if (Array.LastIndexOf(values, values[i]) != i)
                    gradient.AsSpan(i * dy.Columns, dy.Columns).Clear();
            }
            Tensor last = Allocate(dy.Rows, dy.Columns);
            Write(last, gradient);
            base.GatherBackward(last, rows, dx, accumulate);
        }
    }

    private sealed class RepeatedIds : ReferenceExecutor
    {
        public override void EmbedBackward(Indices indices, Parameter table, Tensor dy)
        {
            int once = Math.Min(1, dy.Rows);
            base.EmbedBackward(indices, table, View(dy, 0, once));
        }
    }

    private sealed class NoOffset : ReferenceExecutor
    {
        public override void AddPositionsBackward(Tensor dy, Parameter table, Sequences sequences, int offset) =>
            base.AddPositionsBackward(dy, table, sequences, 0);
    }

    private sealed class MeanWithoutCount : ReferenceExecutor
    {
        public override void MeanRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate)
        {
            float[] values = new float[dy.Rows * dy.Columns];
            Read(dy, values);
            Tensor greater = Allocate(dy.Rows, dy.Columns);
            Write(greater, [.. values.Select(value => value * sequences.Longest)]);
            base.MeanRowsBackward(greater, sequences, dx, accumulate);
        }
    }

    private sealed class OtherRowsStay : ReferenceExecutor
    {
        public override void FirstRowsBackward(Tensor dy, Sequences sequences, Tensor dx, bool accumulate) =>
            base.FirstRowsBackward(dy, sequences, dx, accumulate: true);
    }

    private sealed class NoSmoothingInGradient : ReferenceExecutor
    {
        public override Loss LinearCrossEntropy(
            Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx, double smoothing)
        {
            if (dx is not null)
                base.LinearCrossEntropy(x, weight, bias, targets, weights, dx, 0);
            return base.LinearCrossEntropy(x, weight, bias, targets, weights, null, smoothing);
        }
    }

    private sealed class NoWeights : ReferenceExecutor
    {
        public override Loss LinearCrossEntropy(
            Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx, double smoothing)
        {
            if (dx is not null)
                base.LinearCrossEntropy(x, weight, bias, targets, weights, dx, smoothing);
            Tensor ones = Allocate(weights.Rows, weights.Columns);
            Write(ones, [.. Enumerable.Repeat(1f, weights.Rows * weights.Columns)]);
            return base.LinearCrossEntropy(x, weight, bias, targets, ones, null, smoothing);
        }
    }

    private sealed class LastOfEqual : ReferenceExecutor
    {
        public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns)
        {
            base.ReadTop(x, count, logSumExp, values, columns);
            for (int i = 0; i < values.Length; i++)
            {
                if (i % count > 0 && values[i] == values[i - 1])
                    (columns[i], columns[i - 1]) = (columns[i - 1], columns[i]);
            }
        }
    }

    private sealed class KeepsAnother : ReferenceExecutor
    {
        public override void Release(ArenaMark mark, Span<Tensor> keep)
        {
            base.Release(mark, keep);
            if (keep.Length > 0 && keep[^1].Rows > 0)
                Write(View(keep[^1], keep[^1].Rows - 1, 1), new float[keep[^1].Columns]);
        }
    }

    private sealed class Grows : ReferenceExecutor
    {
        private long _lost;

        public override long PeakElements => base.PeakElements + _lost;

        public override void Reset()
        {
            _lost++;
            base.Reset();
        }
    }

    private sealed class CopiedView : ReferenceExecutor
    {
        public override Tensor View(Tensor tensor, int firstRow, int rows)
        {
            Tensor view = base.View(tensor, firstRow, rows), copy = Allocate(rows, tensor.Columns);
            Copy(view, copy, accumulate: false);
            return copy;
        }
    }

    private sealed class DependsOnRows : ReferenceExecutor
    {
        public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
        {
            base.Linear(x, weight, bias, activation, y);
            Scale(this, y, 1 + y.Rows * 1e-8);
        }
    }

    private sealed class Unsteady : ReferenceExecutor
    {
        private static int s_calls;

        public override void Activate(Tensor x, Activation activation, Tensor y)
        {
            base.Activate(x, activation, y);
            Scale(this, y, 1 + Interlocked.Increment(ref s_calls) % 7 * 2e-8);
        }
    }

    private static void Scale(Executor executor, Tensor tensor, double factor)
    {
        float[] values = new float[tensor.Rows * tensor.Columns];
        executor.Read(tensor, values);
        executor.Write(tensor, [.. values.Select(value => (float)(value * factor))]);
    }
}
