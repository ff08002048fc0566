using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion;

/// <summary>Turns a row's texts into the value of the output column.</summary>
internal static class GenerationColumn
{
    /// <summary>A getter of one text, or of a vector where there are several samples.</summary>
    /// <param name="samples">The number of texts for a row.</param>
    /// <param name="texts">Gives the current row's texts.</param>
    public static Delegate MakeGetter(int samples, Func<IReadOnlyList<string>> texts)
    {
        if (samples == 1)
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = texts()[0].AsMemory());
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            IReadOnlyList<string> all = texts();
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, samples);
            for (int i = 0; i < samples; i++)
                editor.Values[i] = all[i].AsMemory();
            value = editor.Commit();
        });
    }
}
