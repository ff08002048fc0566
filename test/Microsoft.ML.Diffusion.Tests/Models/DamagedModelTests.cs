using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Model files that are damaged, by hand and at random: clear errors, and nothing worse.</summary>
[TestClass]
public sealed class DamagedModelTests
{
    private static readonly Type[] s_bugs =
        [typeof(NullReferenceException), typeof(IndexOutOfRangeException), typeof(InvalidCastException), typeof(AccessViolationException),
            typeof(OutOfMemoryException), typeof(KeyNotFoundException)];

    /// <summary>Damage to what an entry holds, behind the zip's back: the zip itself is sound. The first version, without checksums, shows
    /// what the reading of each part finds.</summary>
    [TestMethod]
    [DataRow("generate", 1_000)]
    [DataRow("infill", 500)]
    [DataRow("labels", 500)]
    [DataRow("entities", 500)]
    public void Mutated_entries_give_clear_errors_or_a_model_that_loads(string saved, int few)
    {
        List<(string Name, byte[] Content)> entries = ZipEntries.Read(SavedModelTests.File("1", saved));
        string folder = ZipEntries.FolderOfModel(entries.Select(entry => entry.Name));
        string[] ours = [.. entries.Select(entry => entry.Name).Where(name => name.StartsWith(folder, StringComparison.Ordinal))];
        var random = new Random(7);
        var kinds = new SortedDictionary<string, int>();
        int count = Soak.Count(few, 20_000);
        for (int i = 0; i < count; i++)
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
            TryLoad(ZipEntries.Write(mutated), kinds, $"mutation {i} of {name}");
        }
        Console.WriteLine(string.Join(Environment.NewLine, kinds.Select(kind => $"{kind.Value,6} {kind.Key}")));
        Assert.IsGreaterThan(Math.Min(few, count) / 15, kinds.Where(kind => kind.Key.Contains(nameof(FormatException), StringComparison.Ordinal))
            .Sum(kind => kind.Value));
    }

    /// <summary>Damage anywhere in the file. What the zip's or ML.NET's own reading throws is theirs;
    /// it ends, and is an exception.</summary>
    [TestMethod]
    public void Mutated_files_give_errors_or_a_model_that_loads()
    {
        byte[] saved = SavedModelTests.File("2", "generate");
        var random = new Random(8);
        var kinds = new SortedDictionary<string, int>();
        for (int i = 0, count = Soak.Count(500, 10_000); i < count; i++)
            TryLoad(Mutate(saved, random), kinds, $"mutation {i}");
        Console.WriteLine(string.Join(Environment.NewLine, kinds.Select(kind => $"{kind.Value,6} {kind.Key}")));
    }

    private static void TryLoad(byte[] file, SortedDictionary<string, int> kinds, string what)
    {
        var mlContext = Contexts.Create(seed: 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string kind = "";
        try
        {
            ITransformer loaded = mlContext.Model.Load(new MemoryStream(file), out _);
            kind = "loads";
            using (loaded as IDisposable)
                Use(mlContext, loaded);
            kind = "works";
        }
        catch (Exception exception)
        {
            // Weights may have become NaN, or what is left of the vocabulary may not do for the prompt:
            // after loading, too, only a clear error.
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
        Assert.IsTrue(allocated < 20_000_000 || !kind.Contains("ours", StringComparison.Ordinal),
            $"{what}, {kind}: {allocated} bytes allocated for a file of {file.Length}");
        kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
    }

    private static void Use(MLContext mlContext, ITransformer model)
    {
        IEnumerable<ITransformer> loaded = model as IEnumerable<ITransformer> ?? [model];
        loaded.OfType<DiffusionGenerateTransformer>().FirstOrDefault()?.Generate(["the"]);
        loaded.OfType<FillMaskTransformer>().FirstOrDefault()?.Fill(["the <mask>"]);
        loaded.OfType<InfillTransformer>().FirstOrDefault()?.Infill(["the {2}"]);
        if (loaded.OfType<BertMultiLabelClassificationTransformer>().FirstOrDefault() is { } labels)
            _ = labels.Transform(mlContext.Data.LoadFromEnumerable(TextRow.Make(1)))
                .GetColumn<VBuffer<uint>>(labels.OutputColumnName).ToArray();
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
}
