namespace Microsoft.ML.Diffusion.Bench;

/// <summary>What all trainers write.</summary>
internal sealed class RowScores
{
    public float[] Score { get; set; } = [];
}
