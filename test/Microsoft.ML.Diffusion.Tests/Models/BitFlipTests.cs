namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A saved model of which one bit has changed, on a disk or on the way.</summary>
[TestClass]
public sealed class BitFlipTests
{
    public TestContext TestContext { get; set; } = null!;

    /// <summary>
    /// In a component's own part each flip is an error, or changes nothing. The rest is ML.NET's: its entries, and the transformers beside
    /// ours, have no checksum, and what flips do there is counted only. With DIFFUSION_ML_SOAK=1 there are 1,000 flips of each version, and
    /// the first, which has no checksums, shows what they are for.
    /// </summary>
    [TestMethod]
    public void A_flipped_bit_gives_no_other_answer()
    {
        SortedDictionary<string, int> kinds = Count("2", Soak.Count(20, 1_000));
        Assert.AreEqual(0, kinds.Where(kind => kind.Key.StartsWith("ours, other outputs", StringComparison.Ordinal))
            .Sum(kind => kind.Value));
        Assert.AreEqual(0, kinds.Where(kind => kind.Key.StartsWith("ours, a model file: another error", StringComparison.Ordinal))
            .Sum(kind => kind.Value));
        if (Soak.IsFull)
            Count("1", 1_000);
    }

    private SortedDictionary<string, int> Count(string version, int flips)
    {
        var random = new Random(9);
        (byte[] Saved, string Outputs)[] models =
            [.. SavedModelTests.Names(version).Select(name => SavedModelTests.File(version, name)).Select(saved => (saved, Load(saved)))];
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < flips; i++)
        {
            (byte[] saved, string outputs) = models[i % models.Length];
            byte[] flipped = [.. saved];
            int at = random.Next(flipped.Length);
            flipped[at] ^= (byte)(1 << random.Next(8));
            List<(string Name, int Start, int End)> ranges = ZipEntries.Ranges(saved);
            string folder = ZipEntries.FolderOfModel(ranges.Select(range => range.Name));
            string name = ranges.Find(range => at >= range.Start && at < range.End).Name ?? "the zip's directory";
            string owner = !name.StartsWith(folder, StringComparison.Ordinal) || name.AsSpan(folder.Length).Contains('/')
                ? $"ML.NET's, {(name.StartsWith("TransformerChain/Transform_", StringComparison.Ordinal) ? "another transformer" : name)}"
                : name.EndsWith("Model.key", StringComparison.Ordinal) ? "ours, Model.key" : "ours, a model file";
            string kind;
            try
            {
                string found = Load(flipped);
                kind = found == outputs ? $"{owner}: equal outputs"
                    : owner.StartsWith("ours", StringComparison.Ordinal) ? $"ours, other outputs: {name}" : $"{owner}: other outputs";
            }
            catch (Exception exception)
            {
                kind = exception.ToString().Contains("damaged", StringComparison.Ordinal) ? $"{owner}: an error that says damaged"
                    : $"{owner}: another error, {Thrower(exception)}";
            }
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }
        foreach ((string kind, int count) in kinds)
            TestContext.WriteLine($"version {version}: {count,5} {kind}");
        return kinds;
    }

    /// <summary>Who threw: ML.NET and the zip read a part before its component can.</summary>
    private static string Thrower(Exception exception)
    {
        while (exception.InnerException is not null)
            exception = exception.InnerException;
        string[] frames = exception.StackTrace?.Split('\n') ?? [];
        string frame = Array.Find(frames, frame => !frame.Contains("Contracts", StringComparison.Ordinal))?.Trim() ?? "";
        return $"{exception.GetType().Name} " +
            $"{frame.Split('(')[0]}{(Array.Exists(frames, frame => frame.Contains("ModelTransformerBase", StringComparison.Ordinal)) ? ", in ours" : "")}";
    }

    private static string Load(byte[] file)
    {
        var context = new MLContext();
        ITransformer model = context.Model.Load(new MemoryStream(file), out _);
        using (model as IDisposable)
            return string.Join('\n', SavedModels.Outputs(context, model)
                .Select(column => $"{column.Key}: {string.Join('\n', column.Value)}"));
    }
}
