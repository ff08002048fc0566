using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>An ONNX model in ONNX Runtime, with the operators of ONNX Runtime Extensions.</summary>
internal sealed class ConvertedFile : IDisposable
{
    private readonly SessionOptions _options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };

    public ConvertedFile(byte[] model, bool hasExtensions = true)
    {
        if (hasExtensions)
            _options.RegisterOrtExtensions();
        Session = new InferenceSession(model, _options);
    }

    public InferenceSession Session { get; }

    /// <summary>Runs the model on one row; the values are texts, or Int64 numbers of a row.</summary>
    public Dictionary<string, object> Run(params (string Name, object Value)[] inputs)
    {
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results =
            Session.Run([.. inputs.Select(input => ToValue(input.Name, input.Value))]);
        return results.ToDictionary(result => result.Name, ToArray);
    }

    public void Dispose()
    {
        Session.Dispose();
        _options.Dispose();
    }

    private static NamedOnnxValue ToValue(string name, object value) => value switch
    {
        string text => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<string>(new[] { text }, [1, 1])),
        string[] texts => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<string>(texts, [texts.Length, 1])),
        uint key => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<uint>(new[] { key }, [1, 1])),
        long[] numbers => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(numbers, [1, numbers.Length])),
        _ => throw new ArgumentException(value.GetType().Name),
    };

    private static object ToArray(DisposableNamedOnnxValue value) => value.ElementType switch
    {
        TensorElementType.Float => value.AsTensor<float>().ToArray(),
        TensorElementType.UInt32 => value.AsTensor<uint>().ToArray(),
        TensorElementType.Bool => value.AsTensor<bool>().ToArray(),
        TensorElementType.Int64 => value.AsTensor<long>().ToArray(),
        TensorElementType.String => value.AsTensor<string>().ToArray(),
        _ => throw new ArgumentException(value.ElementType.ToString()),
    };
}
