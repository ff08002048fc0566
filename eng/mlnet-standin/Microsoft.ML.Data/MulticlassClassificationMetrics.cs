namespace Microsoft.ML.Data;

/// <summary>How well classes were told apart.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(
        double accuracyMicro,
        double accuracyMacro,
        double logLoss,
        double logLossReduction,
        int topKPredictionCount,
        double[] topKAccuracies,
        double[] perClassLogLoss,
        ConfusionMatrix confusionMatrix)
    {
        (MicroAccuracy, MacroAccuracy, LogLoss, LogLossReduction) = (accuracyMicro, accuracyMacro, logLoss, logLossReduction);
        (TopKPredictionCount, TopKAccuracyForAllK, PerClassLogLoss) = (topKPredictionCount, topKAccuracies, perClassLogLoss);
        ConfusionMatrix = confusionMatrix;
    }

    public double MicroAccuracy { get; }
    public double MacroAccuracy { get; }
    public double LogLoss { get; }
    public double LogLossReduction { get; }
    public int TopKPredictionCount { get; }
    public double TopKAccuracy => TopKAccuracyForAllK?.LastOrDefault() ?? 0;
    public IReadOnlyList<double> TopKAccuracyForAllK { get; }
    public IReadOnlyList<double> PerClassLogLoss { get; }
    public ConfusionMatrix ConfusionMatrix { get; }
}
