namespace Microsoft.ML.Diffusion;

/// <summary>The texts of one row, among those of several: Samples of them from <paramref name="First"/> on.</summary>
/// <param name="Texts">The texts of several rows.</param>
/// <param name="First">Where the row's begin.</param>
internal readonly record struct RowTexts(IReadOnlyList<GeneratedText> Texts, int First)
{
    /// <summary>A getter of the output column: of one text, or of a vector where there are several samples.</summary>
    /// <param name="samples">The number of texts for a row.</param>
    /// <param name="current">Gives the current row's texts.</param>
    public static Delegate MakeGetter(int samples, Func<RowTexts> current) => TextColumns.MakeGetter(samples, sample => current()[sample]);

    private ReadOnlyMemory<char> this[int sample] => Texts[First + sample].Text.AsMemory();
}
