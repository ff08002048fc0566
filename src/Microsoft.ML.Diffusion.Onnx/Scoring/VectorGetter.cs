using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>Creates getters of vector columns.</summary>
internal static class VectorGetter
{
    /// <summary>A getter of a vector with a value for each item of a list.</summary>
    /// <param name="current">Computes the current row, if it is not computed yet.</param>
    /// <param name="items">Returns the row's items.</param>
    /// <param name="value">The value for an item.</param>
    public static ValueGetter<VBuffer<TValue>> Of<TItem, TValue>(
        Action current, Func<IReadOnlyList<TItem>> items, Func<TItem, TValue> value) => (ref VBuffer<TValue> destination) =>
    {
        current();
        IReadOnlyList<TItem> row = items();
        VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, row.Count);
        for (int i = 0; i < row.Count; i++)
            editor.Values[i] = value(row[i]);
        destination = editor.Commit();
    };
}
