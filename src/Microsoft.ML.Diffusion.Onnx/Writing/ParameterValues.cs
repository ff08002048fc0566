using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>Reads the values of parameters from a model's engine, packed or not; a quantized model's are the rounded ones.</summary>
internal static class ParameterValues
{
    public static float[] Read(Engine engine, Parameter parameter)
    {
        float[] values = new float[Count(parameter)];
        engine.Read(parameter, 0, values);
        return values;
    }

    /// <summary>[columns × rows].</summary>
    public static float[] ReadTransposed(Engine engine, Parameter parameter)
    {
        float[] values = new float[Count(parameter)], row = new float[parameter.Columns];
        for (int i = 0; i < parameter.Rows; i++)
        {
            engine.Read(parameter, (long)i * row.Length, row);
            for (int j = 0; j < row.Length; j++)
                values[(long)j * parameter.Rows + i] = row[j];
        }
        return values;
    }

    /// <exception cref="NotSupportedException">There are more elements than an array holds.</exception>
    private static int Count(Parameter parameter) => parameter.Length <= Array.MaxLength ? (int)parameter.Length
        : throw new NotSupportedException(
            $"'{parameter.Name}' has {parameter.Length:N0} elements; an ONNX file is written with at most {Array.MaxLength:N0} in one " +
            "weight. Use a smaller vocabulary, or keep the model as a directory.");
}
