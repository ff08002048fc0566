using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Tries fused attention on a device before it is used: which kernels a build of libtorch has, and what they take, depends on the build
/// and the device.
/// </summary>
internal static class FusedAttentionTrial
{
    private const int Heads = 2;
    private const int HeadWidth = 16;

    /// <summary>
    /// Whether a small ragged batch has the result and the gradients of the padded way: within 1 % of the greatest element in bfloat16,
    /// 0.01 % in float32.
    /// </summary>
    /// <param name="engine">The engine.</param>
    public static bool Succeeds(TorchSharpEngine engine)
    {
        double tolerance = engine.Precision == Precision.Float32 ? 1e-4 : 1e-2;
        try
        {
            (float[] y, float[] dqkv) = Attend(engine, isFused: true);
            (float[] expectedY, float[] expectedDqkv) = Attend(engine, isFused: false);
            return Differs(y, expectedY) < tolerance && Differs(dqkv, expectedDqkv) < tolerance;
        }
        catch (ExternalException)
        {
            return false; // the build has no such kernel
        }
    }

    private static (float[] Y, float[] Dqkv) Attend(TorchSharpEngine engine, bool isFused)
    {
        const int Width = Heads * HeadWidth;
        int[] bounds = [0, 3, 10, 11];
        using Executor executor = new TorchExecutor(engine, Scripts.Compile(), isFused);
        Sequences sequences = executor.WriteSequences(bounds);
        Tensor qkv = executor.Allocate(sequences.Rows, 3 * Width), y = executor.Allocate(sequences.Rows, Width);
        Tensor sums = executor.Allocate(sequences.Rows, Heads);
        Tensor dy = executor.Allocate(sequences.Rows, Width), dqkv = executor.Allocate(sequences.Rows, 3 * Width);
        executor.Write(qkv, Waves(qkv, 0.7));
        executor.Write(dy, Waves(dy, 1.3));
        executor.Attend(qkv, sequences, Heads, AttentionPattern.Full, null, y, sums, default);
        executor.AttendBackward(qkv, sequences, Heads, AttentionPattern.Full, null, y, sums, dy, dqkv, null, false, default);
        return (Read(y), Read(dqkv));

        float[] Read(Tensor tensor)
        {
            float[] values = new float[tensor.Rows * tensor.Columns];
            executor.Read(tensor, values);
            return values;
        }
    }

    private static float[] Waves(Tensor tensor, double frequency) =>
        [.. Enumerable.Range(0, tensor.Rows * tensor.Columns).Select(i => (float)Math.Sin(frequency * i))];

    /// <summary>The greatest difference, relative to the greatest element.</summary>
    private static double Differs(float[] actual, float[] expected) =>
        actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max() / expected.Max(MathF.Abs);
}
