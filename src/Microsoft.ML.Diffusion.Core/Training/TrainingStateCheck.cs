namespace Microsoft.ML.Diffusion.Training;

/// <summary>Whether a state can occur in a training, as far as its plan and options tell.</summary>
internal static class TrainingStateCheck
{
    /// <summary>The contradiction, for a message; null if none is found.</summary>
    public static string? FindImpossible(TrainingState state, bool holdsBest, TrainingPlan plan, TrainingOptions options)
    {
        return Outside(nameof(state.Step), state.Step, 1, plan.Steps)
            ?? Outside(nameof(state.Updates), state.Updates, 0, state.Step)
            ?? Outside(nameof(state.Batches), state.Batches, BatchesAt(state.Step), BatchesAt(state.Step))
            ?? Outside(nameof(state.Epoch), state.Epoch, 0, state.Batches)
            ?? Outside(nameof(state.NextBatch), state.NextBatch, 0, Math.Min(plan[state.Epoch].Count - 1, state.Batches))
            ?? Outside(nameof(state.NextBatch), state.NextBatch, state.Epoch == 0 ? state.Batches : 0, state.Batches)
            ?? Outside(nameof(state.Tokens), state.Tokens, 0, long.MaxValue)
            ?? Outside(nameof(state.Losses), state.Losses, 0, state.Step)
            ?? Outside(nameof(state.ReportedStep), state.ReportedStep, state.Step - 1, state.Step)
            ?? Outside(nameof(state.BestStep), state.BestStep, 0, state.ReportedStep)
            ?? Outside(nameof(state.Unimproved), state.Unimproved, 0, state.Step)
            ?? Outside(nameof(state.Elapsed), state.Elapsed.Ticks, 0, long.MaxValue)
            ?? Unless(double.IsFinite(state.LossSum), $"LossSum is {state.LossSum}; expected a number")
            ?? Unless(state.BestStep == 0 || !double.IsNaN(state.BestValue), "BestValue is not a number")
            ?? Unless(!options.KeepBest || state.BestStep == 0 || state.BestStep == plan.Steps || holdsBest,
                $"BestStep is {state.BestStep}, but its weights are missing")
            ?? Unless(state.Stop is null || Enum.IsDefined(state.Stop.Value),
                $"Stop is {state.Stop}; expected {string.Join(" or ", Enum.GetNames<TrainingStop>())}")
            ?? Unless(state.Stop != TrainingStop.Completed || state.Step == plan.Steps,
                $"Stop is {state.Stop} at step {state.Step} of {plan.Steps}")
            ?? Unless(state.Stop is not null || state.ReportedStep < plan.Steps, $"Stop is missing at step {state.Step} of {plan.Steps}")
            ?? RowsOf(state);

        long BatchesAt(long step) => step >= plan.Steps ? plan.Batches : step * options.AccumulationSteps;
    }

    private static string? RowsOf(TrainingState state)
    {
        if (state.Rows is null)
            return "Rows are missing";
        long last = 0;
        foreach (TrainingProgress row in state.Rows)
        {
            if (row.Step <= last || row.Step > state.Step)
                return $"the row of step {row.Step} follows that of step {last}; expected ascending steps up to {state.Step}";
            if (row.Validation is { Metrics: not { Count: > 0 } })
                return $"the validation at step {row.Step} has no metrics";
            last = row.Step;
        }
        return null;
    }

    private static string? Outside(string name, long value, long least, long most) =>
        value >= least && value <= most ? null
            : $"{name} is {value}; expected " +
            $"{(least == most ? $"{least}" : most == long.MaxValue ? $"{least} or more" : $"{least} to {most}")}";

    private static string? Unless(bool holds, string what) => holds ? null : what;
}
