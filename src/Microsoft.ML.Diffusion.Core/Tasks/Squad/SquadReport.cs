namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The scores of predictions on a SQuAD file. All are fractions; the official scripts print percentages.</summary>
/// <param name="Overall">All questions.</param>
/// <param name="HasAnswer">The questions that have an answer; a count of 0 and scores of NaN if there are none.</param>
/// <param name="NoAnswer">The questions that have no answer; a count of 0 and scores of NaN if there are none.</param>
/// <param name="BestExactMatch">The best exact match over all thresholds.</param>
/// <param name="BestF1">The best F1 over all thresholds.</param>
public sealed record SquadReport(SquadScores Overall, SquadScores HasAnswer, SquadScores NoAnswer, SquadThreshold BestExactMatch,
    SquadThreshold BestF1);
