using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Keys for values and back, on ML.NET as on its stand-in.</summary>
[TestClass]
public sealed class KeyMappingTests
{
    private static readonly Row[] s_rows =
    [
        new() { Label = "pos", Number = 3, Words = ["b", "a"] },
        new() { Label = "neg", Number = 1, Words = ["c", "b", ""] },
        new() { Label = "", Number = float.NaN, Words = [] },
        new() { Label = "pos", Number = 1, Words = ["a"] },
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    private IDataView Data => _mlContext.Data.LoadFromEnumerable(s_rows);

    [TestMethod]
    public void Keys_count_values_as_they_occur_and_nothing_has_none()
    {
        IDataView keys = Keys("Label");
        Assert.AreEqual("Key<UInt32, 0-1>", keys.Schema["Key"].Type.ToString());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 0, 1 }, keys.GetColumn<uint>("Key").ToArray());
        VBuffer<ReadOnlyMemory<char>> values = default;
        keys.Schema["Key"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { "pos", "neg" }, values.DenseValues().Select(value => value.ToString()).ToArray());
    }

    [TestMethod]
    public void Keys_are_ordered_by_value_where_asked_for()
    {
        IDataView keys = Keys("Number", order: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);
        CollectionAssert.AreEqual(new uint[] { 2, 1, 0, 1 }, keys.GetColumn<uint>("Key").ToArray());
        VBuffer<float> values = default;
        keys.Schema["Key"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { 1f, 3 }, values.DenseValues().ToArray());
    }

    [TestMethod]
    public void Values_of_keys_are_text_where_asked_for()
    {
        IDataView keys = Keys("Number", asText: true);
        VBuffer<ReadOnlyMemory<char>> values = default;
        keys.Schema["Key"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { "3", "1" }, values.DenseValues().Select(value => value.ToString()).ToArray());
    }

    [TestMethod]
    public void No_more_keys_are_made_than_asked_for() =>
        CollectionAssert.AreEqual(new uint[] { 1, 0, 0, 1 }, Keys("Label", most: 1).GetColumn<uint>("Key").ToArray());

    [TestMethod]
    public void Keys_are_those_of_the_values_given()
    {
        IDataView given = _mlContext.Transforms.SelectColumns("Label").Fit(Data).Transform(_mlContext.Data.LoadFromEnumerable(
            new[] { "neg", "neutral", "pos" }.Select(label => new Row { Label = label })));
        IDataView keys = _mlContext.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: given).Fit(Data).Transform(Data);
        CollectionAssert.AreEqual(new uint[] { 3, 1, 0, 3 }, keys.GetColumn<uint>("Key").ToArray());
    }

    [TestMethod]
    [DataRow("Label", "pos|neg||pos")]
    [DataRow("Number", "3|1|NaN|1")]
    [DataRow("Words", "b,a|c,b,||a")]
    public void Values_come_back(string column, string expected)
    {
        EstimatorChain<KeyToValueMappingTransformer> pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Key", column)
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("Back", "Key"));
        ITransformer model = pipeline.Fit(Data);
        Assert.AreEqual(expected, Back(model.Transform(Data)));

        using var file = new MemoryStream();
        _mlContext.Model.Save(model, Data.Schema, file);
        file.Position = 0;
        Assert.AreEqual(expected, Back(new MLContext().Model.Load(file, out _).Transform(Data)));
    }

    [TestMethod]
    public void A_vector_of_values_has_a_vector_of_keys()
    {
        IDataView keys = Keys("Words");
        Assert.AreEqual("Vector<Key<UInt32, 0-2>>", keys.Schema["Key"].Type.ToString());
        VBuffer<ReadOnlyMemory<char>> values = default;
        keys.Schema["Key"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { "b", "a", "c" }, values.DenseValues().Select(value => value.ToString()).ToArray());
        // Each row at once: ML.NET fills the same buffer again for the next.
        Assert.AreEqual("1,2|3,1,0||2", string.Join("|", keys.GetColumn<VBuffer<uint>>("Key").Select(row => string.Join(",", row.DenseValues()))));
    }

    [TestMethod]
    public void A_member_counts_from_0_what_keys_count_from_1() =>
        CollectionAssert.AreEqual(
            new uint[] { 1, 3, 0 },
            _mlContext.Data.LoadFromEnumerable(new uint[] { 0, 2, 3 }.Select(place => new Place { Key = place })).GetColumn<uint>("Key").ToArray());

    [TestMethod]
    public void Slot_names_pass_through()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Scored));
        definition["Scores"].AddAnnotation("SlotNames", new VBuffer<ReadOnlyMemory<char>>(2, ["yes".AsMemory(), "no".AsMemory()]), new VectorDataViewType(TextDataViewType.Instance, 2));
        IDataView data = _mlContext.Data.LoadFromEnumerable([new Scored { Scores = [0.25f, 0.75f] }], definition);
        ITransformer model = _mlContext.Transforms.CopyColumns("Copy", "Scores")
            .Append(_mlContext.Transforms.Conversion.MapValueToKey("Key", "Copy"))
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("Back", "Key"))
            .Fit(data);
        DataViewSchema.Column back = model.Transform(data).Schema["Back"];
        Assert.IsTrue(back.HasSlotNames());
        VBuffer<ReadOnlyMemory<char>> names = default;
        back.GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "yes", "no" }, names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void A_column_that_does_not_fit_is_refused_at_fit()
    {
        Exception absent = Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Transforms.Conversion.MapValueToKey("Nothing").Fit(Data));
        StringAssert.Contains(absent.Message, "Could not find input column 'Nothing'");
        Exception noKey = Assert.Throws<ArgumentOutOfRangeException>(() =>
            _mlContext.Transforms.CopyColumns("Copy", "Label").Append(_mlContext.Transforms.Conversion.MapKeyToValue("Copy")).Fit(Data));
        StringAssert.Contains(noKey.Message, "Schema mismatch for input column 'Copy': expected KeyType, got String");
    }

    private IDataView Keys(
        string column,
        int most = 100,
        ValueToKeyMappingEstimator.KeyOrdinality order = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        bool asText = false) =>
        _mlContext.Transforms.Conversion.MapValueToKey("Key", column, most, order, asText).Fit(Data).Transform(Data);

    private static string Back(IDataView data) => string.Join("|", data.Preview().ColumnView.Single(column => column.Column.Name == "Back").Values
        .Select(value => value is VBuffer<ReadOnlyMemory<char>> words ? string.Join(",", words.DenseValues()) : $"{value}"));

    private sealed class Row
    {
        public string? Label { get; set; }

        public float Number { get; set; }

        public string[] Words { get; set; } = [];
    }

    private sealed class Place
    {
        [KeyType(3)]
        public uint Key { get; set; }
    }

    private sealed class Scored
    {
        [VectorType(2)]
        public float[] Scores { get; set; } = [];
    }
}
