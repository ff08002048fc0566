using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.CompareOnnx;

/// <summary>ONNX Runtime on a file, with the inputs that a BERT takes.</summary>
internal sealed class RuntimeSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    public RuntimeSession(string path, int threads = 2)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        _session = new InferenceSession(path, options);
    }

    /// <summary>Runs some sequences together, padded to the longest.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="end">The end of them.</param>
    /// <returns>The first output, and its dimensions.</returns>
    public (float[] Values, long[] Shape) Run(RaggedTokens sequences, int first, int end)
    {
        int rows = end - first, length = 0;
        for (int i = first; i < end; i++)
            length = Math.Max(length, sequences[i].Length);
        long[] ids = new long[rows * length], mask = new long[rows * length];
        for (int i = first; i < end; i++)
        {
            Span<int> tokens = sequences[i];
            for (int j = 0; j < tokens.Length; j++)
                (ids[(i - first) * length + j], mask[(i - first) * length + j]) = (tokens[j], 1);
        }
        long[] shape = [rows, length];
        var inputs = new Dictionary<string, OrtValue>
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(ids, shape),
            ["attention_mask"] = OrtValue.CreateTensorValueFromMemory(mask, shape),
        };
        if (_session.InputNames.Contains("token_type_ids"))
            inputs["token_type_ids"] = OrtValue.CreateTensorValueFromMemory(new long[rows * length], shape);
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, inputs, [_session.OutputNames[0]]);
            return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[0].GetTensorTypeAndShape().Shape);
        }
        finally
        {
            foreach (OrtValue input in inputs.Values)
                input.Dispose();
        }
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
