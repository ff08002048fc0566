namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Numbers in torch's own form that are used often: making one is a native call.</summary>
internal static class Scalars
{
    public static readonly Scalar Zero = 0.0;
    public static readonly Scalar One = 1.0;
    public static readonly Scalar IntegerZero = 0L; // an integer tensor with a floating-point number becomes a floating-point one
    public static readonly Scalar IntegerOne = 1L;
    public static readonly Scalar NegativeInfinity = double.NegativeInfinity;
    public static readonly Scalar LeastFloat = (double)float.MinValue;
}
