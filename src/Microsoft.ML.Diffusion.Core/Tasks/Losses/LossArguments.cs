namespace Microsoft.ML.Diffusion.Tasks.Losses;

/// <summary>The checks that losses share.</summary>
internal static class LossArguments
{
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void CheckLengths(int logits, int gradient, int rows, int width, int weights)
    {
        if (logits != (long)rows * width)
            throw new ArgumentException($"There are {logits} logits for {rows} rows of {width}; expected {(long)rows * width}. Give a row of logits for every target.");
        if (gradient != logits)
            throw new ArgumentException($"There is room for {gradient} derivatives of {logits} logits; expected as much. Give a gradient of the logits' length.");
        if (weights != 0 && weights != rows)
            throw new ArgumentException($"There are {weights} weights for {rows} rows; expected one a row, or none. Leave them out for weights of 1.");
    }

    /// <exception cref="ArgumentException">There are some, but not one a class.</exception>
    public static void CheckClassWeights(int weights, int classes)
    {
        if (weights != 0 && weights != classes)
            throw new ArgumentException($"There are {weights} class weights for {classes} classes; expected one a class, or none. Leave them out for weights of 1.");
    }
}
