using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What users do with data before and after the components, on ML.NET as on its stand-in.</summary>
[TestClass]
public sealed class DataOperationsTests
{
    private static readonly Row[] s_rows =
        [.. Enumerable.Range(0, 200).Select(i => new Row { Id = i, Group = $"g{i / 10}", Words = [$"w{i}", "and", "more"], Score = i / 2f })];

    private readonly MLContext _mlContext = new(seed: 1);

    private IDataView Data => _mlContext.Data.LoadFromEnumerable(s_rows);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Rows_are_taken_and_skipped()
    {
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, Ids(_mlContext.Data.TakeRows(Data, 3)));
        CollectionAssert.AreEqual(new[] { 198, 199 }, Ids(_mlContext.Data.SkipRows(Data, 198)));
        CollectionAssert.AreEqual(new[] { 5, 6 }, Ids(_mlContext.Data.TakeRows(_mlContext.Data.SkipRows(Data, 5), 2)));
        Assert.IsEmpty(Ids(_mlContext.Data.SkipRows(Data, 500)));
        Assert.AreEqual(3, _mlContext.Data.TakeRows(Data, 3).GetRowCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Data.TakeRows(Data, 0));
    }

    [TestMethod]
    public void Shuffled_rows_are_the_same_rows_in_an_order_that_the_seed_decides()
    {
        int[] shuffled = Ids(_mlContext.Data.ShuffleRows(Data, seed: 5));
        CollectionAssert.AreNotEqual(Ids(Data), shuffled);
        CollectionAssert.AreEquivalent(Ids(Data), shuffled);
        CollectionAssert.AreEqual(shuffled, Ids(_mlContext.Data.ShuffleRows(Data, seed: 5)));
        CollectionAssert.AreNotEqual(shuffled, Ids(_mlContext.Data.ShuffleRows(Data, seed: 6)));
        foreach (Row row in _mlContext.Data.CreateEnumerable<Row>(_mlContext.Data.ShuffleRows(Data, seed: 5), reuseRowObject: false))
            Assert.AreEqual($"{row.Id} g{row.Id / 10} w{row.Id} {row.Id / 2f}", $"{row.Id} {row.Group} {row.Words[0]} {row.Score}");
    }

    [TestMethod]
    public void A_cache_reads_its_source_once()
    {
        int read = 0;
        IDataView cached = _mlContext.Data.Cache(_mlContext.Data.LoadFromEnumerable(s_rows.Select(row =>
        {
            Interlocked.Increment(ref read);
            return row;
        })));
        for (int i = 0; i < 3; i++)
            CollectionAssert.AreEqual(s_rows.Select(row => row.Id).ToArray(), Ids(cached));
        Assert.AreEqual(s_rows.Length, read);
        string[][] words = [.. cached.GetColumn<VBuffer<ReadOnlyMemory<char>>>("Words").Select(v => v.DenseValues().Select(w => w.ToString()).ToArray())];
        CollectionAssert.AreEqual(s_rows[7].Words, words[7]);
        Assert.AreEqual(s_rows.Length, cached.GetRowCount());
    }

    [TestMethod]
    public void A_split_has_every_row_once_and_the_same_rows_again()
    {
        DataOperationsCatalog.TrainTestData split = _mlContext.Data.TrainTestSplit(Data, testFraction: 0.3, seed: 2);
        int[] train = Ids(split.TrainSet), test = Ids(split.TestSet);
        CollectionAssert.AreEquivalent(Ids(Data), train.Concat(test).ToArray());
        Assert.IsInRange(35, 85, test.Length);
        CollectionAssert.AreEqual(test, Ids(split.TestSet));
        CollectionAssert.AreEqual(test, Ids(_mlContext.Data.TrainTestSplit(Data, testFraction: 0.3, seed: 2).TestSet));
        CollectionAssert.AreNotEqual(test, Ids(_mlContext.Data.TrainTestSplit(Data, testFraction: 0.3, seed: 3).TestSet));
        CollectionAssert.AreEqual(Data.Schema.Select(c => c.ToString()).ToArray(), split.TestSet.Schema.Select(c => c.ToString()).ToArray());
    }

    [TestMethod]
    public void A_split_keeps_what_has_the_same_sampling_key_together()
    {
        DataOperationsCatalog.TrainTestData split = _mlContext.Data.TrainTestSplit(Data, testFraction: 0.4, samplingKeyColumnName: "Group", seed: 2);
        string[] train = [.. split.TrainSet.GetColumn<string>("Group").Distinct()], test = [.. split.TestSet.GetColumn<string>("Group").Distinct()];
        Assert.HasCount(20, train.Concat(test));
        Assert.IsEmpty(train.Intersect(test));
        Assert.IsNotEmpty(test);
    }

    [TestMethod]
    public void Folds_test_every_row_once()
    {
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _mlContext.Data.CrossValidationSplit(Data, numberOfFolds: 4, seed: 2);
        CollectionAssert.AreEquivalent(Ids(Data), folds.SelectMany(fold => Ids(fold.TestSet)).ToArray());
        foreach (DataOperationsCatalog.TrainTestData fold in folds)
            CollectionAssert.AreEquivalent(Ids(Data), Ids(fold.TrainSet).Concat(Ids(fold.TestSet)).ToArray());
    }

    [TestMethod]
    public void Selected_columns_come_in_the_order_asked_for()
    {
        IDataView selected = _mlContext.Transforms.SelectColumns("Score", "Id").Fit(Data).Transform(Data);
        Assert.AreEqual("Score: Single, Id: Int32", string.Join(", ", selected.Schema));
        Exception absent = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Transforms.SelectColumns("Nothing").Fit(Data));
        StringAssert.Contains(absent.Message, "Nothing");
    }

    [TestMethod]
    public void A_text_file_is_read()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.csv");
        File.WriteAllText(path, "Label,Text,X,Y\n1,\"Good, \"\"very\"\" good\",0.5,-2\n0,plain,,1e3\n\n1,,x,7\n");
        try
        {
            IDataView data = _mlContext.Data.LoadFromTextFile<Review>(path, separatorChar: ',', hasHeader: true, allowQuoting: true);
            Assert.AreEqual("Label: Int32, Text: String, Place: Vector<Single, 2>", string.Join(", ", data.Schema.Select(c => $"{c.Name}: {c.Type}")));
            Review[] rows = [.. _mlContext.Data.CreateEnumerable<Review>(data, reuseRowObject: false)];
            CollectionAssert.AreEqual(new[] { "Good, \"very\" good", "plain", "" }, rows.Select(row => row.Text).ToArray());
            CollectionAssert.AreEqual(new[] { 1, 0, 1 }, rows.Select(row => row.Label).ToArray());
            CollectionAssert.AreEqual(new[] { 0.5f, -2, 0, 1000, float.NaN, 7 }, rows.SelectMany(row => row.Place).ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static int[] Ids(IDataView data) => [.. data.GetColumn<int>("Id")];

    private sealed class Row
    {
        public int Id { get; set; }

        public string? Group { get; set; }

        public string[] Words { get; set; } = [];

        public float Score { get; set; }
    }

    private sealed class Review
    {
        [LoadColumn(0)]
        public int Label { get; set; }

        [LoadColumn(1)]
        public string? Text { get; set; }

        [LoadColumn(2, 3)]
        [ColumnName("Place")]
        public float[] Place { get; set; } = [];
    }
}
