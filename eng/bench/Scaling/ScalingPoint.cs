namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The encoder's time on a batch of sequences of one length.</summary>
/// <param name="Batch">The number of sequences.</param>
/// <param name="Length">The number of tokens of each.</param>
/// <param name="Measurement">The time.</param>
/// <param name="Operations">The number of operations in that time.</param>
/// <param name="Peak">The peak of multiply-adds in the same run, GFLOP/s.</param>
internal readonly record struct ScalingPoint(int Batch, int Length, Measurement Measurement, double Operations, double Peak)
{
    public double Milliseconds => Measurement.MedianMilliseconds;

    public double TokensPerSecond => Measurement.PerSecond(Batch * Length);

    public double OfPeak => Measurement.Gflops(Operations) / Peak;

    public void Write(EncoderSize size, string engine) => JsonLine.Write("scaling", Measurement,
    [
        ("size", size.Name), ("batch", Batch), ("seq", Length), ("tokens_per_s", Math.Round(TokensPerSecond)),
        .. JsonLine.OfPeak(Measurement, Operations, Peak), ("engine", engine),
    ]);
}
