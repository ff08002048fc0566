namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.TopConfidence"/>.</summary>
internal sealed class TopConfidenceSampler : Sampler
{
    private readonly double _temperature;

    public TopConfidenceSampler(double confidenceTemperature, ConfidenceScore score)
    {
        if (!(confidenceTemperature >= 0 && double.IsFinite(confidenceTemperature)))
            throw new ArgumentOutOfRangeException(nameof(confidenceTemperature), confidenceTemperature,
                "Give 0 (write the most certain positions) or a finite number above it.");
        if (!Enum.IsDefined(score))
            throw new ArgumentOutOfRangeException(nameof(score), score, "Give MaxProbability, Margin, NegativeEntropy or Random.");
        if (score == ConfidenceScore.Random && confidenceTemperature != 0)
            throw new ArgumentException(
                $"The temperature {confidenceTemperature} has no effect with the random order. Leave it 0, or use another score.",
                nameof(confidenceTemperature));
        (_temperature, Score) = (confidenceTemperature, score);
    }

    internal override ConfidenceScore Score { get; }

    public override string ToString() =>
        Score != ConfidenceScore.MaxProbability ? SamplerText.Write("TopConfidence", _temperature, Score)
        : _temperature != 0 ? SamplerText.Write("TopConfidence", _temperature)
        : "TopConfidence";

    internal override void Plan(DenoisingRow row)
    {
        if (Score == ConfidenceScore.Random)
        {
            // The order does not depend on the prediction, so only the positions that will be written are requested.
            foreach (int position in row.Masked)
                row.Ranking.Add(0, position, 0);
            foreach (RankedPosition taken in row.Ranking.Ascending(row.Ranking.Draw(row.Draws, row.Step, Count(row)).Length))
                row.Ask(taken.Position);
            return;
        }
        foreach (int position in row.Masked)
            row.Ask(position);
    }

    internal override void Decide(DenoisingRow row)
    {
        int count = Count(row);
        if (count >= row.Asked.Length)
        {
            for (int i = 0; i < row.Asked.Length; i++)
                row.Accept(i);
            return;
        }
        for (int i = 0; i < row.Asked.Length; i++)
            row.Ranking.Add(i, row.Asked[i].Position, row.Asked[i].LogConfidence);
        foreach (RankedPosition taken in _temperature == 0 ? row.Ranking.Greatest(count)
            : row.Ranking.Draw(row.Draws, row.Step, count, _temperature))
            row.Accept(taken.Index);
    }

    private static int Count(DenoisingRow row) =>
        row.Masked.Length - Math.Min((int)(row.Part.Length * row.NextMaskRate + 1e-9), row.Masked.Length - 1);
}
