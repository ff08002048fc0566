namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>A linear layer: rows (tokens), inputs, outputs.</summary>
public readonly record struct LinearShape(int Rows, int Inputs, int Outputs)
{
    public override string ToString() => $"{Rows}x{Inputs}x{Outputs}";
}
