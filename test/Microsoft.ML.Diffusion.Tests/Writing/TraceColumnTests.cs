using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The column of traces as a user of ML.NET meets it.</summary>
[TestClass]
public sealed class TraceColumnTests
{
    private static readonly MLContext s_context = new(seed: 1);
    private static readonly IDataView s_data = s_context.Data.LoadFromEnumerable(
        Enumerable.Range(0, 11).Select(i => new Input { Prompt = (i % 3) switch { 0 => "", 1 => "the cat", _ => $"on {i}" } }));

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Each_trace_replays_to_its_text()
    {
        using DiffusionGenerateTransformer transformer = Fit(Options());
        IDataView written = transformer.Transform(s_data);
        Assert.IsInstanceOfType<TextDataViewType>(written.Schema["Trace"].Type);
        Output[] rows = [.. s_context.Data.CreateEnumerable<Output>(written, reuseRowObject: false)];
        Assert.HasCount(11, rows);
        foreach (Output row in rows)
        {
            DenoisingTrace trace = DenoisingTrace.FromJson(row.Trace);
            int first = trace.Start.ToList().IndexOf(trace.MaskToken);
            Assert.AreEqual(row.Story, TinyModel.Model.Tokenizer.Decode(trace.Replay().AsSpan(first, 8)));
            Assert.IsTrue(trace.Steps.SelectMany(step => step.Changes).All(change => change.Probability is > 0 and <= 1));
            Assert.AreEqual(row.Prompt, TinyModel.Model.Tokenizer.Decode(trace.Start.Take(first).ToArray()));
        }
        Assert.AreEqual(rows[1].Trace, rows[4].Trace, "equal prompts have equal traces, wherever they stand");
        CollectionAssert.AreEqual(rows.Select(row => row.Trace).ToArray(), written.GetColumn<string>("Trace").ToArray(), "asked for alone");

        DiffusionGenerateEstimator.Options without = Options();
        without.TraceColumnName = null;
        using DiffusionGenerateTransformer plain = Fit(without);
        IDataView texts = plain.Transform(s_data);
        CollectionAssert.AreEqual(texts.GetColumn<string>("Story").ToArray(), rows.Select(row => row.Story).ToArray(),
            "watching changes nothing");
        Assert.IsNull(texts.Schema.GetColumnOrNull("Trace"));

        using PredictionEngine<Input, Output> engine =
            s_context.Model.CreatePredictionEngine<Input, Output>(transformer, new PredictionEngineOptions { OwnsTransformer = false });
        foreach (Output row in rows.Take(4))
        {
            Output predicted = engine.Predict(new Input { Prompt = row.Prompt });
            Assert.AreEqual((row.Story, row.Trace), (predicted.Story, predicted.Trace));
        }
    }

    [TestMethod]
    public void Several_samples_have_a_trace_each()
    {
        DiffusionGenerateEstimator.Options options = Options();
        options.Samples = 3;
        using DiffusionGenerateTransformer transformer = Fit(options);
        IDataView written = transformer.Transform(s_data);
        Assert.AreEqual(3, ((VectorDataViewType)written.Schema["Trace"].Type).Size);
        string[][] traces = Texts(written, "Trace"), stories = Texts(written, "Story");
        for (int row = 0; row < traces.Length; row++)
        {
            for (int sample = 0; sample < 3; sample++)
            {
                DenoisingTrace trace = DenoisingTrace.FromJson(traces[row][sample]);
                Assert.AreEqual(stories[row][sample],
                    TinyModel.Model.Tokenizer.Decode(trace.Replay().AsSpan(trace.Start.ToList().IndexOf(trace.MaskToken), 8)));
            }
        }
        using DiffusionGenerateTransformer one = Fit(Options());
        CollectionAssert.AreEqual(one.Transform(s_data).GetColumn<string>("Trace").ToArray(), traces.Select(row => row[0]).ToArray());
    }

    [TestMethod]
    public void A_prompt_that_is_refused_spoils_no_other_trace()
    {
        using DiffusionGenerateTransformer transformer = Fit(Options());
        IDataView data =
            s_context.Data.LoadFromEnumerable([new Input { Prompt = "the cat" },
                new Input { Prompt = string.Concat(Enumerable.Repeat("the cat ", 50)) }]);
        string expected = transformer.Transform(s_data).GetColumn<string>("Trace").ElementAt(1);
        IDataView written = transformer.Transform(data);
        using DataViewRowCursor cursor = written.GetRowCursor([written.Schema["Trace"]]);
        ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(written.Schema["Trace"]);
        ReadOnlyMemory<char> trace = default;
        Assert.IsTrue(cursor.MoveNext());
        get(ref trace);
        Assert.AreEqual(expected, trace.ToString());
        Assert.IsTrue(cursor.MoveNext());
        Assert.Throws<ArgumentException>(() => get(ref trace));
    }

    [TestMethod]
    public void It_comes_back_from_a_zip_in_a_fresh_process()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{TestContext.TestName}-{Environment.ProcessId}.zip");
        try
        {
            TransformerChain<DiffusionGenerateTransformer> chain = s_context.Transforms.CopyColumns("Beginning", "Prompt")
                .Append(s_context.Transforms.Text.DiffusionGenerate("Story", "Beginning", Options())).Fit(s_data);
            s_context.Model.Save(chain, s_data.Schema, path);
            string expected = chain.Transform(s_data).GetColumn<string>("Trace").ElementAt(1);
            Assert.AreEqual(expected, FreshProcess.LoadAndTransform(path, "Prompt", "Trace", "the cat")[^1]
                .Replace("\\\\n", "\\n", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void The_schema_has_it_and_its_name_is_checked()
    {
        DiffusionGenerateEstimator.Options options = Options();
        // A chain asks for the shape before it fits.
        TransformerChain<ColumnCopyingTransformer> chain = s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options)
            .Append(s_context.Transforms.CopyColumns("Copy", "Trace")).Fit(s_data);
        CollectionAssert.AreEqual(chain.Transform(s_data).GetColumn<string>("Trace").ToArray(),
            chain.Transform(s_data).GetColumn<string>("Copy").ToArray());
        foreach (string name in new[] { "", " ", "Story" })
        {
            options.TraceColumnName = name;
            StringAssert.Contains(
                Assert.Throws<ArgumentException>(() => s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options)).Message,
                "TraceColumnName");
            StringAssert.Contains(
                Assert.Throws<ArgumentException>(() => s_context.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text",
                    new MaskedDiffusionEstimator.Options { Generation = { TraceColumnName = name } })).Message, "TraceColumnName");
        }
    }

    private static string[][] Texts(IDataView data, string column) =>
        [.. data.GetColumn<VBuffer<ReadOnlyMemory<char>>>(column)
            .Select(vector => vector.DenseValues().Select(text => text.ToString()).ToArray())];

    private static DiffusionGenerateEstimator.Options Options()
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        options.TraceColumnName = "Trace";
        return options;
    }

    private static DiffusionGenerateTransformer Fit(DiffusionGenerateEstimator.Options options) =>
        s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(s_data);

    private sealed class Input
    {
        public string Prompt { get; set; } = "";
    }

    private sealed class Output
    {
        public string Prompt { get; set; } = "";

        public string Story { get; set; } = "";

        public string Trace { get; set; } = "";
    }
}
