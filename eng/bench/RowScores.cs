namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The output columns of all trainers.</summary>
internal sealed class RowScores
{
    public float[] Score { get; set; } = [];
}
