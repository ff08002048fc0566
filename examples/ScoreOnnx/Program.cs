using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

using var options = new SessionOptions();
options.RegisterOrtExtensions();
using var session = new InferenceSession(args[0], options);
foreach (string text in args[1..])
{
    using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("text", new DenseTensor<string>(new[] { text }, [1, 1]))]);
    Console.WriteLine($"{outputs.Single(output => output.Name == "label").AsEnumerable<string>().Single()}: {text}");
}
