using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What estimators and transformers promise about columns, against what comes.</summary>
[TestClass]
public sealed class SchemaTests
{
    private readonly MLContext _context = Contexts.Create(seed: 1);
    private readonly IDataView _data;

    public SchemaTests() =>
        _data = _context.Data.LoadFromEnumerable([new Row { Prompt = "the", Text = "cat", Id = 1, Words = ["a", "b"] }]);

    [TestMethod]
    [DataRow("Story", 1)]
    [DataRow("Story", 3)]
    [DataRow("Prompt", 1)]
    [DataRow("Prompt", 3)]
    [DataRow("Id", 2)]
    public void The_schemas_that_are_promised_are_those_that_come(string output, int samples)
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        options.Samples = samples;
        var after = new ShapeRecorder();
        TransformerChain<ITransformer> chain = _context.Transforms.Text.DiffusionGenerate(output, "Prompt", options)
            .Append(after).Fit(_data);
        IDataView written = chain.Transform(_data);

        Agree(written.Schema, chain.GetOutputSchema(_data.Schema));
        Agree(written.Schema, ((ITransformer)chain).GetRowToRowMapper(_data.Schema).OutputSchema);
        CollectionAssert.AreEquivalent(
            written.Schema.Where(column => !column.IsHidden)
                .Select(column => $"{column.Name} {Kind(column.Type)} {Item(column.Type)}").ToArray(),
            after.Shape!.Select(column => $"{column.Name} {column.Kind} {column.ItemType}").ToArray());

        static SchemaShape.Column.VectorKind Kind(DataViewType type) => type is not VectorDataViewType vector
            ? SchemaShape.Column.VectorKind.Scalar
            : vector.IsKnownSize ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.VariableVector;

        static DataViewType Item(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;
    }

    [TestMethod]
    public void Mismatches_are_worded_as_MLNET_words_them()
    {
        Refused(() => Generate("Nothing").Fit(_data), "Could not find input column 'Nothing'");
        Refused(() => Generate("Id").Fit(_data), "Schema mismatch for input column 'Id': expected String, got Int32");
        Refused(() => Generate("Words").Fit(_data), "Schema mismatch for input column 'Words': expected String, got Vector<String, 2>");
        Refused(() => InChain(Generate("Words")), "Schema mismatch for input column 'Words': expected String, got Vector");
        Refused(() => Train("Nothing", "Text").Fit(_data), "Could not find prompt column 'Nothing'");
        Refused(() => InChain(Train("Prompt", "Id")), "Schema mismatch for text column 'Id': expected String, got Int32");

        using DiffusionGenerateTransformer transformer = Generate("Prompt").Fit(_data);
        IDataView other = _context.Data.LoadFromEnumerable([new Other()]);
        Refused(() => transformer.Transform(other), "Could not find input column 'Prompt'");
        Refused(() => transformer.GetOutputSchema(other.Schema), "Could not find input column 'Prompt'");

        void InChain(IEstimator<ITransformer> estimator) => _context.Transforms.CopyColumns("Copy", "Id").Append(estimator).Fit(_data);

        static void Refused(Action action, string message) =>
            StringAssert.Contains(Assert.Throws<ArgumentOutOfRangeException>(action).Message, message);
    }

    private DiffusionGenerateEstimator Generate(string input) =>
        _context.Transforms.Text.DiffusionGenerate("Story", input, DiffusionGenerateTests.Options());

    private MaskedDiffusionEstimator Train(string prompt, string text) => _context.Transforms.Text.MaskedDiffusion(
        "Story", prompt, text, new MaskedDiffusionEstimator.Options { Model = TinyModel.Model, Generation = { MaxNewTokens = 4 } });

    private static void Agree(DataViewSchema expected, DataViewSchema actual) =>
        Assert.AreEqual(string.Join("|", expected.Select(Describe)), string.Join("|", actual.Select(Describe)));

    private static string Describe(DataViewSchema.Column column) =>
        $"{column.Name}: {column.Type}{(column.IsHidden ? " (hidden)" : "")} {column.Annotations.Schema.Count}";

    private sealed class Row
    {
        public string? Prompt { get; set; }

        public string? Text { get; set; }

        public int Id { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];
    }

    private sealed class Other
    {
        public string? Text { get; set; }
    }

    /// <summary>Keeps the shape that the chain says it will be given; changes nothing.</summary>
    private sealed class ShapeRecorder : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;
    }
}
