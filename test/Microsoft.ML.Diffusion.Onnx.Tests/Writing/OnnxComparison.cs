using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Tensor = Microsoft.ML.Diffusion.Compute.Tensor;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>What ONNX Runtime computes with a file, against this library's own result.</summary>
internal sealed class OnnxComparison : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxComparison(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        _session = new InferenceSession(path, options);
    }

    /// <summary>One output of sequences that are padded to the longest: [sequences × columns], or the rows of all tokens.</summary>
    public float[] Run(string output, int[][] sequences, int[][]? types = null, int padToken = 0)
    {
        int length = sequences.Max(sequence => sequence.Length);
        int[] shape = [sequences.Length, length];
        var ids = new DenseTensor<long>(shape);
        var mask = new DenseTensor<long>(shape);
        var typeIds = new DenseTensor<long>(shape);
        for (int i = 0; i < sequences.Length; i++)
        {
            for (int j = 0; j < length; j++)
            {
                bool isToken = j < sequences[i].Length;
                ids[i, j] = isToken ? sequences[i][j] : padToken;
                mask[i, j] = isToken ? 1 : 0;
                typeIds[i, j] = isToken && types is not null ? types[i][j] : 0;
            }
        }
        List<NamedOnnxValue> inputs =
            [NamedOnnxValue.CreateFromTensor("input_ids", ids), NamedOnnxValue.CreateFromTensor("attention_mask", mask)];
        if (_session.InputMetadata.ContainsKey("token_type_ids"))
            inputs.Add(NamedOnnxValue.CreateFromTensor("token_type_ids", typeIds));
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = _session.Run(inputs, [output]);
        var values = (DenseTensor<float>)results[0].AsTensor<float>();
        bool isPerToken = values.Dimensions.Length > 1 && values.Dimensions[1] == length && _session.OutputMetadata[output].Dimensions is
            [_, -1, ..];
        if (!isPerToken)
            return values.ToArray();
        int columns = values.Dimensions.Length > 2 ? values.Dimensions[2] : 1;
        var rows = new List<float>();
        for (int i = 0; i < sequences.Length; i++)
            rows.AddRange(values.Buffer.Span.Slice(i * length * columns, sequences[i].Length * columns));
        return [.. rows];
    }

    /// <summary>The greatest difference, as a share of the greatest magnitude of what was expected.</summary>
    public static double Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
            throw new InvalidOperationException($"The outputs have {actual.Length} numbers; expected {expected.Length}.");
        double greatest = 0, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!float.IsFinite(expected[i]) || !float.IsFinite(actual[i]))
                throw new InvalidOperationException($"Number {i} is {actual[i]}; expected {expected[i]}.");
            greatest = Math.Max(greatest, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs((double)expected[i] - actual[i]));
        }
        return difference / Math.Max(greatest, 1e-30);
    }

    /// <summary>A part of a model's forward pass.</summary>
    public delegate Tensor Computation(Pass pass, RaggedTokens batch, ReadOnlySpan<int> types);

    /// <summary>This library's result.</summary>
    public static float[] Compute(EncoderWithHead model, int[][] sequences, int[][]? types, Computation compute)
    {
        using Pass pass = Pass.ForInference(model.Engine);
        pass.Begin();
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        Tensor result = compute(pass, batch, types is null ? [] : [.. types.SelectMany(row => row)]);
        float[] values = new float[result.Rows * result.Columns];
        pass.Read(result, values);
        return values;
    }

    /// <summary>One column of rows.</summary>
    public static float[] Column(float[] values, int columns, int column) =>
        [.. values.Where((_, index) => index % columns == column)];

    public void Dispose() => _session.Dispose();
}
