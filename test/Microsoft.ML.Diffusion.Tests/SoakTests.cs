using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Long use in bounded memory. Usual runs are short and look at what is allocated for a row; with DIFFUSION_ML_SOAK=1 they are long,
/// and the process's private memory must stay flat.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class SoakTests
{
    private const long Flat = 4 << 20;
    private const long MostBytesForARow = 16 << 10;
    private readonly MLContext _context = new(seed: 1);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Predictions_leave_nothing_behind()
    {
        using DiffusionGenerateTransformer transformer = Fit();
        using PredictionEngine<SharingTests.Input, SharingTests.Output> engine =
            _context.Model.CreatePredictionEngine<SharingTests.Input, SharingTests.Output>(transformer,
                new PredictionEngineOptions { OwnsTransformer = false });
        var input = new SharingTests.Input();
        Watch(Soak.Count(1_000, 100_000), row =>
        {
            input.Prompt = Prompt(row);
            Assert.IsNotNull(engine.Predict(input).Story);
        });
    }

    [TestMethod]
    public void A_long_view_is_streamed()
    {
        int rows = Soak.Count(2_000, 200_000);
        using DiffusionGenerateTransformer transformer = Fit();
        IDataView written =
            transformer.Transform(_context.Data.LoadFromEnumerable(Enumerable.Range(0, rows)
                .Select(row => new SharingTests.Input { Prompt = Prompt(row) })));
        using DataViewRowCursor cursor = written.GetRowCursor([written.Schema["Story"], written.Schema["Prompt"]]);
        ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(written.Schema["Story"]);
        ReadOnlyMemory<char> text = default;
        Watch(rows, _ =>
        {
            Assert.IsTrue(cursor.MoveNext());
            get(ref text);
        });
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void Engines_that_are_made_and_dropped_leave_nothing_behind()
    {
        using DiffusionGenerateTransformer transformer = Fit();
        Watch(Soak.Count(20, 5_000), row =>
        {
            using PredictionEngine<SharingTests.Input, SharingTests.Output> engine =
                _context.Model.CreatePredictionEngine<SharingTests.Input, SharingTests.Output>(transformer,
                    new PredictionEngineOptions { OwnsTransformer = false });
            Assert.IsNotNull(engine.Predict(new SharingTests.Input { Prompt = Prompt(row) }).Story);
        }, mostBytes: 1 << 20);
    }

    private void Watch(int rows, Action<int> step, long mostBytes = MostBytesForARow)
    {
        // The first fifth warms up: code is compiled, buffers grow.
        for (int row = 0; row < rows / 5; row++)
            step(row);
        long privateBefore = PrivateMemory(), allocatedBefore = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        for (int row = rows / 5; row < rows / 2; row++)
            step(row);
        long privateHalfway = PrivateMemory();
        for (int row = rows / 2; row < rows; row++)
            step(row);
        int watched = rows - rows / 5;
        long allocated = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / watched;
        double rate = watched / Stopwatch.GetElapsedTime(start).TotalSeconds;
        long privateAfter = PrivateMemory();
        TestContext.WriteLine(
            $"{watched} rows, {rate:F0} rows/s, {allocated} bytes allocated for a row, private memory {privateBefore >> 10} KiB before, " +
            $"{privateHalfway >> 10} KiB halfway and {privateAfter >> 10} KiB after");
        Assert.IsLessThan(mostBytes, allocated);
        if (Soak.IsFull)
            Assert.IsLessThan(Flat, privateAfter - privateHalfway);
    }

    private static long PrivateMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.PrivateMemorySize64;
    }

    private static string Prompt(int row) => (row % 7) switch { 0 => "", 1 => "the cat", 2 => "a dog sat on", _ => $"on {row}" };

    private DiffusionGenerateTransformer Fit()
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        (options.MaxNewTokens, options.Steps) = (4, 1);
        return _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options)
            .Fit(_context.Data.LoadFromEnumerable([new SharingTests.Input { Prompt = "a" }]));
    }
}
