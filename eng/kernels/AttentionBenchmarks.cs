using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>Attention of the base size, 12 heads of 64, on 1,024 tokens in sequences of some length.</summary>
public class AttentionBenchmarks : EngineBenchmarks
{
    private const int Tokens = 1024, Heads = 12, Width = 64 * Heads;

    private Sequences _sequences;
    private Tensor _qkv, _y, _logSumExp, _dy, _dqkv;

    [Params(32, 128, 512)]
    public int Length { get; set; }

    protected override void Prepare()
    {
        _sequences = Executor.WriteSequences([.. Enumerable.Range(0, Tokens / Length + 1).Select(i => i * Length)]);
        (_qkv, _y, _logSumExp) = (Random(Tokens, 3 * Width), Random(Tokens, Width), Random(Tokens, Heads));
        (_dy, _dqkv) = (Random(Tokens, Width), Random(Tokens, 3 * Width));
        Forward(); // the backward reads what it leaves
    }

    [Benchmark]
    public void Forward() => Executor.Attend(_qkv, _sequences, Heads, AttentionPattern.Full, null, _y, _logSumExp, default);

    [Benchmark]
    public void Backward() => Executor.AttendBackward(
        _qkv, _sequences, Heads, AttentionPattern.Full, null, _y, _logSumExp, _dy, _dqkv, null, accumulate: false, default);
}
