using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Tests.Reading;

// usage: dotnet run --project eng/onnx/mutate -c Release -- [COUNT] [FIRST]
int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10000;
int first = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 0;
Assembly assembly = Assembly.GetExecutingAssembly();
byte[][] models = [.. assembly.GetManifestResourceNames().Order(StringComparer.Ordinal).Select(name =>
{
    using var packed = new GZipStream(assembly.GetManifestResourceStream(name)!, CompressionMode.Decompress);
    using var content = new MemoryStream();
    packed.CopyTo(content);
    return content.ToArray();
})];
byte[] vocabulary = Encoding.UTF8.GetBytes(
    string.Join('\n', ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range('a', 19).Select(c => ((char)c).ToString())]));
ModelFiles tokenizer = ModelFiles.FromMemory(new Dictionary<string, ReadOnlyMemory<byte>> { ["vocab.txt"] = vocabulary }, "the vocabulary");
MutantReport report = OnnxMutants.Run(models, tokenizer, first, count);
foreach (string failure in report.Failures.Take(20))
    Console.WriteLine(failure);
Console.WriteLine(report);
return report.Failures.Count == 0 ? 0 : 1;
