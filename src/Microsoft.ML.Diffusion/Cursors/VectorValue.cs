using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>Values of vector columns.</summary>
internal static class VectorValue
{
    /// <summary>Writes a value for each item of a list into a vector of its length, whose memory is used again.</summary>
    public static void Copy<TItem, TValue>(IReadOnlyList<TItem> items, Func<TItem, TValue> value, ref VBuffer<TValue> destination)
    {
        VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, items.Count);
        for (int i = 0; i < items.Count; i++)
            editor.Values[i] = value(items[i]);
        destination = editor.Commit();
    }
}
