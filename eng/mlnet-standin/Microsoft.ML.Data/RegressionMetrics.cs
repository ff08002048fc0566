namespace Microsoft.ML.Data;

/// <summary>How near numbers came.</summary>
public sealed class RegressionMetrics
{
    internal RegressionMetrics(double l1, double l2, double rms, double lossFunction, double rSquared) =>
        (MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError, LossFunction, RSquared) = (l1, l2, rms, lossFunction, rSquared);

    public double MeanAbsoluteError { get; }
    public double MeanSquaredError { get; }
    public double RootMeanSquaredError { get; }
    public double LossFunction { get; }
    public double RSquared { get; }
}
