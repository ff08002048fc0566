using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class BertMultiLabelClassificationTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void Vectors_of_booleans_are_learned_and_predicted()
    {
        TextRow[] rows = TextRow.Make(72);
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        using BertMultiLabelClassificationTransformer model = Trainer("Flags").Fit(data);
        IDataView scored = model.Transform(data);
        Assert.AreEqual("Vector<Boolean, 3>", scored.Schema["PredictedLabel"].Type.ToString());
        Assert.AreEqual("Vector<Single, 3>", scored.Schema["Score"].Type.ToString());
        AssertLearned(rows, [.. scored.GetColumn<VBuffer<bool>>("PredictedLabel").Select(flags => flags.DenseValues().ToArray())]);
        float[][] scores = [.. scored.GetColumn<VBuffer<float>>("Score").Select(row => row.DenseValues().ToArray())];
        Assert.IsTrue(scores.Any(row => row.Sum() > 1.5), "labels do not exclude one another");
        AssertSameAfterSaving(model, data, "PredictedLabel",
            (IDataView view) =>
            string.Join('\n', view.GetColumn<VBuffer<bool>>("PredictedLabel").Select(flags => string.Join(' ', flags.DenseValues()))));
    }

    [TestMethod]
    public void Vectors_of_keys_are_learned_and_predicted_by_their_names()
    {
        TextRow[] rows = TextRow.Make(72);
        rows[5].Tags = [];
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Tags)).Append(Trainer("Label"));
        using TransformerChain<BertMultiLabelClassificationTransformer> model = pipeline.Fit(data);
        IDataView scored = model.Transform(data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        string[] tags = [.. names.DenseValues().Select(name => name.ToString())];
        CollectionAssert.AreEquivalent(new[] { "cat", "dog", "mat" }, tags);
        scored.Schema["PredictedLabel"].GetKeyValues(ref names);
        CollectionAssert.AreEqual(tags, names.DenseValues().Select(name => name.ToString()).ToArray());
        string[] animals = ["cat", "dog", "mat"];
        AssertLearned(rows, [.. scored.GetColumn<VBuffer<uint>>("PredictedLabel").Select(keys =>
        {
            HashSet<string> found = [.. keys.DenseValues().Select(key => tags[(int)key - 1])];
            return animals.Select(found.Contains).ToArray();
        })]);
        AssertSameAfterSaving(model, data, "PredictedLabel",
            (IDataView view) =>
            string.Join('\n', view.GetColumn<VBuffer<uint>>("PredictedLabel").Select(keys => string.Join(' ', keys.DenseValues()))));
    }

    [TestMethod]
    public void The_threshold_decides_and_is_saved()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        BertMultiLabelClassificationEstimator.Options options = Options();
        (options.Threshold, options.Epochs) = (0.7, 2);
        using BertMultiLabelClassificationTransformer model = Trainer("Flags", options).Fit(data);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        ITransformer chain = Contexts.Create().Model.Load(stream, out _);
        using BertMultiLabelClassificationTransformer loaded = chain as BertMultiLabelClassificationTransformer
            ?? (BertMultiLabelClassificationTransformer)((IEnumerable<ITransformer>)chain).Single();
        Assert.AreEqual(0.7, loaded.Threshold);
        IDataView scored = loaded.Transform(data);
        foreach ((VBuffer<float> scores, VBuffer<bool> flags) in scored.GetColumn<VBuffer<float>>("Score")
            .Zip(scored.GetColumn<VBuffer<bool>>("PredictedLabel")))
            CollectionAssert.AreEqual(scores.DenseValues().Select(score => score >= 0.7).ToArray(), flags.DenseValues().ToArray());
        foreach (double threshold in new[] { 0, 1, double.NaN })
        {
            options.Threshold = threshold;
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => Trainer("Flags", options)).Message, "Threshold");
        }
    }

    [TestMethod]
    public void Labels_of_another_kind_are_refused()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(3));
        foreach (string label in new[] { "Value", "Tags", "Category", "Nowhere" })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Trainer(label).Fit(data));
            Assert.Throws<ArgumentOutOfRangeException>(() => _mlContext.Transforms.Conversion.MapValueToKey("Label", "Category")
                .Append(Trainer(label)).Fit(data));
        }
    }

    private static void AssertLearned(TextRow[] rows, bool[][] predicted)
    {
        int right = rows.Zip(predicted).Sum(pair => pair.First.Flags.Zip(pair.Second).Count(flag => flag.First == flag.Second));
        Assert.IsGreaterThan(0.9, right / (3.0 * rows.Length));
    }

    private void AssertSameAfterSaving(ITransformer model, IDataView data, string column, Func<IDataView, string> show)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = Contexts.Create().Model.Load(stream, out _);
        Assert.AreEqual(show(model.Transform(data)), show(loaded.Transform(data)), column);
        (loaded as IDisposable)?.Dispose();
    }

    private static BertMultiLabelClassificationEstimator.Options Options() =>
        new() { Model = TinyModel.Model, Epochs = 25, LearningRate = 5e-3, BatchTokens = 128, Seed = 1 };

    private BertMultiLabelClassificationEstimator Trainer(string label, BertMultiLabelClassificationEstimator.Options? options = null)
    {
        options ??= Options();
        (options.LabelColumnName, options.Sentence2ColumnName) = (label, "Sentence2");
        return _mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(options);
    }
}
