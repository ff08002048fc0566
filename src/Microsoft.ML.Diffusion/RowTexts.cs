namespace Microsoft.ML.Diffusion;

/// <summary>The texts of one row, among those of several: Samples of them from <paramref name="First"/> on.</summary>
/// <param name="Texts">The texts of several rows.</param>
/// <param name="First">Where the row's begin.</param>
/// <param name="Traces">How each of the texts was written, where that is recorded.</param>
internal readonly record struct RowTexts(IReadOnlyList<GeneratedText> Texts, int First, IReadOnlyList<DenoisingTrace>? Traces = null)
{
    /// <summary>A getter of the output column: of one text, or of a vector where there are several samples.</summary>
    /// <param name="samples">The number of texts for a row.</param>
    /// <param name="current">Gives the current row's texts.</param>
    public static Delegate MakeGetter(int samples, Func<RowTexts> current) => TextColumns.MakeGetter(samples, sample => current().TextOf(sample).AsMemory());

    /// <summary>A getter of the column of traces, shaped as the output column is.</summary>
    /// <param name="samples">The number of texts for a row.</param>
    /// <param name="current">Gives the current row's texts and traces.</param>
    public static Delegate MakeTraceGetter(int samples, Func<RowTexts> current) => TextColumns.MakeGetter(samples, sample => current().TraceOf(sample).AsMemory());

    private string TextOf(int sample) => Texts[First + sample].Text;

    private string TraceOf(int sample) => Traces![First + sample].ToJson();
}
