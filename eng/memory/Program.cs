using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.LoadingMemory;

// The private memory that loading a model takes, in a process of its own each: from a Hugging Face
// directory, which is mapped, and from a .zip, whose weights are read to memory first. On Linux.
// usage: memory [layers width vocabulary]     models of random weights, BERT's shape; without arguments BERT's mini and small
//        memory directory|zip <path> <bytes>  what the former starts: loads weights of so many bytes, and writes a line
// A directory that takes 1.3 times its weights or more is a failure, exit code 1.
return args switch
{
    [("directory" or "zip") and string way, string path, string bytes] => Load(way, path, long.Parse(bytes, CultureInfo.InvariantCulture)),
    [string layers, string width, string vocabulary] => Measure(Number(layers), Number(width), Number(vocabulary)),
    [] => Measure(layers: 4, width: 256, vocabulary: 30522) | Measure(layers: 4, width: 512, vocabulary: 30522),
    _ => throw new ArgumentException("usage: memory [layers width vocabulary]"),
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Measure(int layers, int width, int vocabulary)
{
    string directory = Directory.CreateTempSubdirectory("diffusion-memory").FullName;
    try
    {
        var configuration = new EncoderConfiguration
        {
            VocabularySize = vocabulary, HiddenSize = width, Layers = layers, MaxLength = 512,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2 },
            Attention = new AttentionConfiguration { Heads = width / 64 },
            FeedForward = new FeedForwardConfiguration { Width = 4 * width },
        };
        using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Bert, configuration, CpuEngine.Shared, seed: 1))
            EncoderCheckpoint.Save(model, EncoderModel.Default.Tokenizer, directory);
        long bytes = new FileInfo(Path.Combine(directory, "model.safetensors")).Length;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{layers} layers × {width}, {vocabulary:N0} tokens: weights of {bytes / 1e6:F1} MB, the token table " +
            $"{4e-6 * vocabulary * width:F1} MB of them"));

        string zip = Path.Combine(directory, "model.zip");
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(Array.Empty<Row>());
        using (DiffusionGenerateTransformer writer =
            mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(Row.Prompt), Options(directory)).Fit(data))
            mlContext.Model.Save(writer, data.Schema, zip);
        return Start("directory", directory, bytes) | Start("zip", zip, bytes);
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
}

static int Start(string way, string path, long bytes)
{
    var start = new ProcessStartInfo("dotnet",
        ["exec", Path.Combine(AppContext.BaseDirectory, "memory.dll"), way, path, bytes.ToString(CultureInfo.InvariantCulture)]);
    using Process process = Process.Start(start)!;
    process.WaitForExit();
    return process.ExitCode;
}

static int Load(string way, string path, long bytes)
{
    // What the runtime, the engine and a small model of either kind take is not the model's.
    var mlContext = new MLContext(seed: 1);
    IDataView data = mlContext.Data.LoadFromEnumerable(Array.Empty<Row>());
    using (DiffusionGenerateTransformer small = mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(Row.Prompt),
        new DiffusionGenerateEstimator.Options { Seed = 1 }).Fit(data))
    using (var file = new MemoryStream())
    {
        mlContext.Model.Save(small, data.Schema, file);
        ((IDisposable)mlContext.Model.Load(file, out _)).Dispose();
    }
    GC.Collect();

    var memory = new PrivateMemory();
    var model = way == "zip" ? (IDisposable)mlContext.Model.Load(path, out _)
        : mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(Row.Prompt), Options(path)).Fit(data);
    memory.Stop();
    long after = memory.Read();
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // gives back to the system what the runtime else keeps for later
    long collected = memory.Read();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{way}: {memory.Start / 1e6:F1} MB before; {Share(memory.Most)} at most while loading, {Share(after)} after, {Share(collected)} " +
            $"after garbage is given back"));
    model.Dispose();
    return way == "zip" || memory.Most - memory.Start < 1.3 * bytes ? 0 : 1;

    string Share(long now) => string.Create(CultureInfo.InvariantCulture,
        $"{(now - memory.Start) / 1e6:F1} MB more ({(double)(now - memory.Start) / bytes:F2} of the weights)");
}

static DiffusionGenerateEstimator.Options Options(string directory) => new() { Model = EncoderModel.FromDirectory(directory), Seed = 1 };

internal sealed class Row
{
    public string Prompt { get; set; } = "";
}
