using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Models that ML.NET 5.0.0 itself saved load, and give what it gave.</summary>
[TestClass]
public sealed class MLNetZipTests
{
    private static readonly Row[] _rows =
    [
        new() { Text = "a good film", Label = "pos", Number = 1.5f, Words = ["a", "good", "film"] },
        new() { Text = "a bad film", Label = "neg", Number = -2, Words = ["a", "bad", "film"] },
        new() { Text = "fine", Label = "pos", Number = 0, Words = ["fine"] },
    ];

    [TestMethod]
    [DataRow("copycolumns")]
    [DataRow("select")]
    [DataRow("keys")]
    [DataRow("chain")]
    public void A_model_that_MLNet_saved_gives_what_it_gave(string name)
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(SharedData.Data($"mlnet-zip/{name}.zip"), out DataViewSchema schema);
        IDataView output = model.Transform(mlContext.Data.LoadFromEnumerable(_rows));

        Assert.AreEqual("Text: String|Label: String|Number: Single|Words: Vector<String>", string.Join("|", schema));
        string[] lines =
        [
            .. output.Schema.Select(column => $"{column.Name}\t{column.Type}"),
            "",
            .. output.Preview().RowView.Select(row => string.Join("\t", row.Values.Select(value => $"{value.Key}={Format(value.Value)}"))),
        ];
        CollectionAssert.AreEqual(File.ReadAllLines(SharedData.Data($"mlnet-zip/{name}.expected.txt")), lines);
    }

    private static string Format(object value) => value is VBuffer<ReadOnlyMemory<char>> words
        ? $"[{string.Join(",", words.DenseValues())}]"
        : string.Create(CultureInfo.InvariantCulture, $"{value}");

    private sealed class Row
    {
        public string? Text { get; set; }

        public string? Label { get; set; }

        public float Number { get; set; }

        public string[] Words { get; set; } = [];
    }
}
