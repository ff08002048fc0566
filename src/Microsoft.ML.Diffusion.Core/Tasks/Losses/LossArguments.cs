namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>The checks that losses share.</summary>
internal static class LossArguments
{
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void CheckLengths(int logits, int gradient, int rows, int width, int weights)
    {
        if (logits != (long)rows * width)
            throw new ArgumentException(
                $"There are {logits} logits for {rows} rows of {width}; expected {(long)rows * width}. Give a row of logits " +
                "for every target.");
        if (gradient != logits)
            throw new ArgumentException(
                $"The gradient has {gradient} values for {logits} logits; expected {logits}. Give a span of the logits' length.");
        if (weights != 0 && weights != rows)
            throw new ArgumentException(
                $"There are {weights} weights for {rows} rows; expected one per row, or none. Omit them for weights of 1.");
    }

    /// <exception cref="ArgumentException">There are class weights, but not one per class.</exception>
    public static void CheckClassWeights(int weights, int classes)
    {
        if (weights != 0 && weights != classes)
            throw new ArgumentException(
                $"There are {weights} class weights for {classes} classes; expected one per class, or none. Omit them for weights of 1.");
    }
}
