using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Model files that are damaged, by hand and at random: clear errors, and nothing worse.</summary>
[TestClass]
public sealed class DamagedModelTests
{
    private static readonly Type[] s_bugs =
        [typeof(NullReferenceException), typeof(IndexOutOfRangeException), typeof(InvalidCastException), typeof(AccessViolationException), typeof(OutOfMemoryException), typeof(KeyNotFoundException)];

    private static readonly Dictionary<string, byte[]> s_saved = new() { ["writes"] = SaveWriter(), ["labels"] = SaveLabels(), ["entities"] = SaveEntities() };

    /// <summary>Damage to what an entry holds, behind the zip's back: the zip itself is sound.</summary>
    [TestMethod]
    [DataRow("writes", 1_500)]
    [DataRow("labels", 500)]
    [DataRow("entities", 500)]
    public void Mutated_entries_give_clear_errors_or_a_model_that_loads(string saved, int few)
    {
        List<(string Name, byte[] Content)> entries = Read(s_saved[saved]);
        string[] ours = [.. entries.Select(entry => entry.Name).Where(name => name.Contains("Transform_001", StringComparison.Ordinal))];
        Assert.IsTrue(ours.Any(name => name.EndsWith("Model.key", StringComparison.Ordinal)) && ours.Any(name => name.EndsWith("model.safetensors", StringComparison.Ordinal)));
        var random = new Random(7);
        var kinds = new SortedDictionary<string, int>();
        for (int i = 0, count = Soak.Count(few, 20_000); i < count; i++)
        {
            string name = ours[random.Next(ours.Length)];
            List<(string Name, byte[] Content)> mutated = [.. entries];
            int at = mutated.FindIndex(entry => entry.Name == name);
            switch (random.Next(12))
            {
                case 0:
                    mutated.RemoveAt(at);
                    break;
                case 1:
                    mutated[at] = (name + "x", mutated[at].Content);
                    break;
                case 2:
                    mutated[at] = (name, mutated[random.Next(mutated.Count)].Content);
                    break;
                default:
                    mutated[at] = (name, Mutate(mutated[at].Content, random));
                    break;
            }
            TryLoad(Write(mutated), kinds, $"mutation {i} of {name}");
        }
        Console.WriteLine(string.Join(Environment.NewLine, kinds.Select(kind => $"{kind.Value,6} {kind.Key}")));
        Assert.IsGreaterThan(few / 15, kinds.Where(kind => kind.Key.Contains(nameof(FormatException), StringComparison.Ordinal)).Sum(kind => kind.Value));
    }

    /// <summary>Damage anywhere in the file. What the zip's or ML.NET's own reading throws is theirs; it ends, and is an exception.</summary>
    [TestMethod]
    public void Mutated_files_give_errors_or_a_model_that_loads()
    {
        var random = new Random(8);
        var kinds = new SortedDictionary<string, int>();
        for (int i = 0, count = Soak.Count(500, 10_000); i < count; i++)
            TryLoad(Mutate(s_saved["writes"], random), kinds, $"mutation {i}");
        Console.WriteLine(string.Join(Environment.NewLine, kinds.Select(kind => $"{kind.Value,6} {kind.Key}")));
    }

    private static void TryLoad(byte[] file, SortedDictionary<string, int> kinds, string what)
    {
        var mlContext = new MLContext(seed: 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string kind = "";
        try
        {
            var loaded = (TransformerChain<ITransformer>)mlContext.Model.Load(new MemoryStream(file), out _);
            kind = "loads";
            using (loaded)
                Use(mlContext, loaded);
            kind = "works";
        }
        catch (Exception exception)
        {
            // Weights may have become NaN, or what is left of the vocabulary may not do for the prompt: after loading, too, only a clear error.
            var chain = new List<Exception>();
            for (Exception? e = exception; e is not null; e = e.InnerException)
                chain.Add(e);
            // The deepest frame says whose code threw.
            bool isOurs = chain[^1].StackTrace?.Split('\n')[0].Contains("Microsoft.ML.Diffusion", StringComparison.Ordinal) == true;
            kind += $" {(isOurs ? "ours" : "below")}: {string.Join(" < ", chain.Select(e => e.GetType().Name))}";
            if (isOurs)
                Assert.DoesNotContain(chain[^1].GetType(), s_bugs, $"{what}: {exception}");
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsTrue(allocated < 20_000_000 || !kind.Contains("ours", StringComparison.Ordinal), $"{what}, {kind}: {allocated} bytes allocated for a file of {file.Length}");
        kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
    }

    private static void Use(MLContext mlContext, TransformerChain<ITransformer> loaded)
    {
        loaded.OfType<DiffusionGenerateTransformer>().FirstOrDefault()?.Generate(["the"]);
        if (loaded.OfType<BertMultiLabelClassificationTransformer>().FirstOrDefault() is { } labels)
            _ = labels.Transform(mlContext.Data.LoadFromEnumerable(TextRow.Make(1))).GetColumn<VBuffer<uint>>(labels.OutputColumnName).ToArray();
        if (loaded.OfType<BertNamedEntityRecognitionTransformer>().FirstOrDefault() is { } entities)
        {
            IDataView found = entities.Transform(mlContext.Data.LoadFromEnumerable([new ConllRow { Sentence = ["the", "cat"] }]));
            using DataViewRowCursor cursor = found.GetRowCursor(found.Schema.Where(column => column.Name == "EntityText"));
            VBuffer<ReadOnlyMemory<char>> texts = default;
            while (cursor.MoveNext())
                cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(found.Schema["EntityText"])(ref texts);
        }
    }

    private static byte[] Mutate(byte[] content, Random random)
    {
        byte[] mutated = [.. content];
        switch (random.Next(4))
        {
            case 0:
                return mutated[..random.Next(mutated.Length)];
            case 1:
                mutated.AsSpan(random.Next(mutated.Length), 1).Fill((byte)random.Next(256));
                return mutated;
            case 2:
                int start = random.Next(mutated.Length);
                random.NextBytes(mutated.AsSpan(start, Math.Min(random.Next(1, 16), mutated.Length - start)));
                return mutated;
            default:
                for (int i = random.Next(1, 6); i > 0; i--)
                    mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
                return mutated;
        }
    }

    private static byte[] SaveLabels()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(TextRow.Make(6));
        using TransformerChain<BertMultiLabelClassificationTransformer> chain = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Tags))
            .Append(mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(
                sentence2ColumnName: "Sentence2", options: new BertMultiLabelClassificationEstimator.Options { Model = TinyModel.Model, Epochs = 1 })).Fit(data);
        var file = new MemoryStream();
        mlContext.Model.Save(chain, data.Schema, file);
        return file.ToArray();
    }

    private static byte[] SaveEntities()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new ConllRow { Sentence = ["the", "cat", "sat"], Label = ["O", "B-CAT", "O"] }]);
        using TransformerChain<BertNamedEntityRecognitionTransformer> chain = mlContext.Transforms.CopyColumns("Copy", "Label")
            .Append(mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(
                options: new BertNamedEntityRecognitionEstimator.Options { Model = TinyModel.Model, Epochs = 1 })).Fit(data);
        var file = new MemoryStream();
        mlContext.Model.Save(chain, data.Schema, file);
        return file.ToArray();
    }

    private static byte[] SaveWriter()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable([new SharingTests.Input { Prompt = "a" }]);
        using TransformerChain<DiffusionGenerateTransformer> chain = mlContext.Transforms.CopyColumns("Copy", "Prompt")
            .Append(mlContext.Transforms.Text.DiffusionGenerate("Story", "Copy", DiffusionGenerateTests.Options())).Fit(data);
        var file = new MemoryStream();
        mlContext.Model.Save(chain, data.Schema, file);
        return file.ToArray();
    }

    private static List<(string Name, byte[] Content)> Read(byte[] file)
    {
        using var archive = new ZipArchive(new MemoryStream(file));
        return
        [
            .. archive.Entries.Select(entry =>
            {
                using Stream stream = entry.Open();
                using var content = new MemoryStream();
                stream.CopyTo(content);
                return (entry.FullName, content.ToArray());
            }),
        ];
    }

    private static byte[] Write(List<(string Name, byte[] Content)> entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        }
        return file.ToArray();
    }
}
