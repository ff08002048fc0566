using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>Engines that err in one thing each: memory and the optimizer.</summary>
internal static class EngineFaults
{
    public static Fault[] All { get; } =
    [
        new("AdamW without bias correction", "optimizer: AdamW is the paper's; decay 0",
            () => new Updating(s => s with { Correction1 = 1, Correction2 = 1 })),
        new("AdamW's weight decay forgotten", "optimizer: AdamW is the paper's; decay 0.1",
            () => new Updating(s => s with { WeightDecay = 0 })),
        new("AdamW's clipping forgotten", "optimizer: AdamW is the paper's; decay 0.01",
            () => new Updating(s => s with { GradientScale = 1 })),
        new("the sum of squares of a list is that of its first", "optimizer: the sum of squares is that of the whole list",
            () => new FirstOnly()),
        new("an average is made the wrong way round", "optimizer: the average follows the values", () => new Averaging()),
        new("averages are copied and not exchanged", "optimizer: averages and values are exchanged", () => new Copying()),
        new("moments are used again as they are", "training: made again", () => new KeepingMoments()),
        new("gradients are not all cleared", "optimizer: gradients are cleared", () => new ClearingSome()),
        new("a part is written to the beginning", "buffer: parts", () => new Writing()),
    ];

    private sealed class Updating(Func<AdamWStep, AdamWStep> change) : ReferenceEngine
    {
        public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings) => base.Update(parameters, change(settings));
    }

    private sealed class FirstOnly : ReferenceEngine
    {
        public override double SumOfSquares(ReadOnlySpan<Parameter> parameters) =>
            base.SumOfSquares(parameters[..Math.Min(1, parameters.Length)]);
    }

    private sealed class Averaging : ReferenceEngine
    {
        public override void Average(ReadOnlySpan<Parameter> parameters, double decay) => base.Average(parameters, 1 - decay);
    }

    private sealed class Copying : ReferenceEngine
    {
        public override void ExchangeAverages(ReadOnlySpan<Parameter> parameters)
        {
            foreach (Parameter parameter in parameters)
            {
                if (parameter.Average is DeviceBuffer average)
                    Copy(average, parameter.Value!);
            }
        }
    }

    private sealed class KeepingMoments : ReferenceEngine
    {
        public override void CreateTraining(ReadOnlySpan<Parameter> parameters, bool averages)
        {
            foreach (Parameter parameter in parameters)
            {
                if (parameter.Gradient is null)
                    base.CreateTraining([parameter], averages);
            }
        }
    }

    private sealed class ClearingSome : ReferenceEngine
    {
        public override void ClearGradients(ReadOnlySpan<Parameter> parameters) =>
            base.ClearGradients(parameters[..Math.Min(2, parameters.Length)]);
    }

    private sealed class Writing : ReferenceEngine
    {
        public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values)
        {
            base.Write(buffer, offset, values);
            if (values.Length == 1)
                base.Write(buffer, 0, values);
        }
    }
}
