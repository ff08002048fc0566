using Microsoft.ML.Data;

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
    public static Delegate MakeGetter(int samples, Func<RowTexts> current) =>
        MakeGetter(samples, current, static (texts, sample) => texts.Texts[texts.First + sample].Text);

    /// <summary>A getter of the column of traces, shaped as the output column is.</summary>
    /// <param name="samples">The number of texts for a row.</param>
    /// <param name="current">Gives the current row's texts and traces.</param>
    public static Delegate MakeTraceGetter(int samples, Func<RowTexts> current) =>
        MakeGetter(samples, current, static (texts, sample) => texts.Traces![texts.First + sample].ToJson());

    private static Delegate MakeGetter(int samples, Func<RowTexts> current, Func<RowTexts, int, string> read)
    {
        if (samples == 1)
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = read(current(), 0).AsMemory());
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            RowTexts texts = current();
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, samples);
            for (int sample = 0; sample < samples; sample++)
                editor.Values[sample] = read(texts, sample).AsMemory();
            value = editor.Commit();
        });
    }
}
