namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>One AdamW step over a parameter: moments, decay and weight in one pass over memory.</summary>
internal unsafe struct AdamWKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Chunk = 16384;
    private T* _weight, _gradient, _first, _second;
    private long _count;
    private AdamWStep _step;

    public static void Run(ParallelLoops loops, long count, T* weight, T* gradient, T* first, T* second, in AdamWStep step) => loops.Run(
        (int)((count + Chunk - 1) / Chunk),
        new AdamWKernel<V, T> { _count = count, _weight = weight, _gradient = gradient, _first = first, _second = second, _step = step });

    public readonly void Execute(int item, int worker)
    {
        long start = (long)item * Chunk, end = Math.Min(_count, start + Chunk);
        long i = start;
        for (; i <= end - V.Count; i += V.Count)
        {
            V weight = V.Load(_weight + i), first = V.Load(_first + i), second = V.Load(_second + i);
            Step(V.Load(_gradient + i), ref weight, ref first, ref second);
            V.Store(weight, _weight + i);
            V.Store(first, _first + i);
            V.Store(second, _second + i);
        }
        if (i < end)
        {
            int rest = (int)(end - i);
            V weight = Tail.Load<V, T>(_weight + i, rest), first = Tail.Load<V, T>(_first + i, rest),
                second = Tail.Load<V, T>(_second + i, rest);
            Step(Tail.Load<V, T>(_gradient + i, rest), ref weight, ref first, ref second);
            Tail.Store(weight, _weight + i, rest);
            Tail.Store(first, _first + i, rest);
            Tail.Store(second, _second + i, rest);
        }
    }

    private readonly void Step(V gradient, ref V weight, ref V first, ref V second)
    {
        gradient *= V.Constant(_step.GradientScale);
        first = V.MultiplyAdd(V.Constant(_step.Beta1), first, V.Constant(1 - _step.Beta1) * gradient);
        second = V.MultiplyAdd(V.Constant(_step.Beta2), second, V.Constant(1 - _step.Beta2) * (gradient * gradient));
        V denominator = V.Sqrt(second * V.Constant(1 / _step.Correction2)) + V.Constant(_step.Epsilon);
        V update = V.MultiplyAdd(V.Constant(_step.WeightDecay), weight, first * V.Constant(1 / _step.Correction1) / denominator);
        weight = V.MultiplyAdd(V.Constant(-_step.Rate), update, weight);
    }
}
