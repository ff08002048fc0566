using System.Reflection;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What ML.NET's own trainers promise of their columns of scores, on ML.NET as on its stand-in; the trainers here promise the same.</summary>
[TestClass]
public sealed class ScoreAnnotationTests
{
    private static readonly Type s_utils = typeof(SchemaShape).Assembly.GetType("Microsoft.ML.Data.AnnotationUtils", throwOnError: true)!;

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Every_score_says_what_it_is() => Assert.AreEqual(
        "ScoreColumnSetId Scalar UInt32 key, ScoreColumnKind Scalar String, ScoreValueKind Scalar String, IsNormalized Scalar Boolean",
        Promised("GetTrainerOutputAnnotation", true));

    [TestMethod]
    [DataRow(null, "")]
    [DataRow("Number", "")]
    [DataRow("KeyOfText", "SlotNames Vector String, TrainingLabelValues Vector String, ")]
    [DataRow("KeyOfNumber", "TrainingLabelValues Vector Single, ")]
    public void Scores_of_classes_are_named_as_the_label_names_them(string? label, string expected)
    {
        var recorder = new ShapeRecorder();
        IDataView data = _mlContext.Data.LoadFromEnumerable([new Row { Text = "pos", Number = 1 }]);
        _mlContext.Transforms.Conversion.MapValueToKey("KeyOfText", "Text").Append(_mlContext.Transforms.Conversion.MapValueToKey("KeyOfNumber", "Number")).Append(recorder).Fit(data);
        object? column = label is null ? null : recorder.Shape!.Single(c => c.Name == label);
        Assert.AreEqual(expected + "ScoreColumnSetId Scalar UInt32 key, ScoreColumnKind Scalar String, ScoreValueKind Scalar String", Promised("AnnotationsForMulticlassScoreColumn", column));
    }

    [TestMethod]
    public void Sets_of_scores_are_numbered_by_keys() =>
        Assert.AreEqual("Key<UInt32, 0-2147483646>", s_utils.GetProperty("ScoreColumnSetIdType")!.GetValue(null)!.ToString());

    private static string Promised(string method, object? argument) => string.Join(
        ", ",
        ((IEnumerable<SchemaShape.Column>)s_utils.GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [argument])!)
            .Select(column => $"{column.Name} {column.Kind} {column.ItemType}{(column.IsKey ? " key" : "")}"));

    private sealed class Row
    {
        public string? Text { get; set; }

        public float Number { get; set; }
    }

    /// <summary>Keeps the shape that the chain says it will be given; changes nothing.</summary>
    private sealed class ShapeRecorder : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public ITransformer Fit(IDataView input) => new Data.TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;
    }
}
