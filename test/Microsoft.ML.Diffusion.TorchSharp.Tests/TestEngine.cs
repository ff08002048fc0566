using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;
using TorchSharp;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The engine of those tests that any engine passes: here libtorch's CPU, in float32.</summary>
internal static class TestEngine
{
    /// <summary>How often a training in a process of its own is killed; a process takes a second to load libtorch.</summary>
    public const int Kills = 2;

    /// <summary>The number is libtorch's own, for the whole process.</summary>
    public static int[] Threads => [1];

    /// <summary>Libtorch chooses kernels by shape.</summary>
    public static bool IsEqualInAnyBatch => false;

    /// <summary>One for the whole process; never disposed.</summary>
    public static Engine Shared { get; } = Create();

    /// <summary>A new engine, owned by the caller. The number of threads is libtorch's own.</summary>
    /// <param name="threads">Of no effect.</param>
    public static Engine Create(int threads = 0) => Create(Precision.Float32);

    /// <summary>
    /// Makes libtorch compute on one thread: more cost time on tensors as small as these, and what is rounded depends on the number, which
    /// is to be the same in a process that a test starts. Before anything is computed.
    /// </summary>
    public static void UseOneThread() => torch.set_num_threads(1);

    /// <summary>A new engine with a precision.</summary>
    public static TorchSharpEngine Create(Precision precision) => new(torch.CPU, precision);
}
