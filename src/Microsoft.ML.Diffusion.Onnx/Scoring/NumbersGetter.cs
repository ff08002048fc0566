using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>Reads numbers from columns.</summary>
internal static class NumbersGetter
{
    /// <summary>Reads the numbers of the current row, of a vector or a single one; valid until the next call.</summary>
    public static Func<float[]> Of(DataViewRow input, DataViewSchema.Column column)
    {
        float[] numbers = [0];
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<float> getNumber = input.GetGetter<float>(column);
            return () =>
            {
                getNumber(ref numbers[0]);
                return numbers;
            };
        }
        ValueGetter<VBuffer<float>> getVector = input.GetGetter<VBuffer<float>>(column);
        VBuffer<float> vector = default;
        return () =>
        {
            getVector(ref vector);
            if (numbers.Length != vector.Length)
                numbers = new float[vector.Length];
            vector.CopyTo(numbers);
            return numbers;
        };
    }
}
