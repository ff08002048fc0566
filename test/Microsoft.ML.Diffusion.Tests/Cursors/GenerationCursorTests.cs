using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The generator's data view, as pipelines use it: many cursors, some columns, in any order.</summary>
[TestClass]
public sealed class GenerationCursorTests : IDisposable
{
    private const int Rows = 75;
    private static readonly MLContext s_context = new(seed: 1);
    private static readonly Input[] s_rows =
        [.. Enumerable.Range(0, Rows).Select(i => new Input { Prompt = $"the {i % 9}", Id = i, Numbers = [i, -i, i / 2f] })];
    private readonly SpyDataView _data = new(s_context.Data.LoadFromEnumerable(s_rows));
    private readonly DiffusionGenerateTransformer _transformer;
    private readonly IDataView _written;
    private readonly string[] _stories;

    public GenerationCursorTests()
    {
        _transformer = s_context.Transforms.Text.DiffusionGenerate("Story", "Prompt", DiffusionGenerateTests.Options()).Fit(_data);
        _written = _transformer.Transform(_data);
        _stories = [.. _transformer.Generate([.. s_rows.Select(row => row.Prompt)]).Select(text => text.Text)];
    }

    public void Dispose() => _transformer.Dispose();

    [TestMethod]
    public void Several_cursors_step_independently()
    {
        using DataViewRowCursor first = Cursor(_written, "Story", "Id"), second = Cursor(_written, "Story");
        ValueGetter<ReadOnlyMemory<char>> getFirst = first.GetGetter<ReadOnlyMemory<char>>(_written.Schema["Story"]),
            getSecond = second.GetGetter<ReadOnlyMemory<char>>(_written.Schema["Story"]);
        ValueGetter<int> getId = first.GetGetter<int>(_written.Schema["Id"]);
        ReadOnlyMemory<char> text = default;
        int id = -1, behind = -1;
        for (int i = 0; first.MoveNext(); i++)
        {
            getFirst(ref text);
            Assert.AreEqual(_stories[i], text.ToString());
            getId(ref id);
            Assert.AreEqual(i, id);
            Assert.AreEqual(i, first.Position);
            if (i % 3 != 0)
                continue;
            Assert.IsTrue(second.MoveNext());
            getSecond(ref text);
            Assert.AreEqual(_stories[++behind], text.ToString());
        }
        Assert.AreEqual(24, behind);
    }

    [TestMethod]
    public void The_input_is_read_once_and_only_what_is_asked_for()
    {
        Assert.HasCount(Rows, _written.GetColumn<string>("Story").ToArray());
        CollectionAssert.AreEqual(new[] { "Prompt" }, _data.Asked);
        Assert.AreEqual(Rows, _data.Values["Prompt"]);

        _data.Asked.Clear();
        Assert.HasCount(Rows, _written.GetColumn<int>("Id").ToArray());
        CollectionAssert.AreEqual(new[] { "Id" }, _data.Asked);

        _data.Asked.Clear();
        _data.Values.Clear();
        using (DataViewRowCursor cursor = Cursor(_written, "Story", "Prompt", "Id"))
        {
            while (cursor.MoveNext())
            {
            }
            Assert.AreEqual(-1, cursor.Position);
            Assert.IsFalse(cursor.MoveNext());
        }
        CollectionAssert.AreEqual(new[] { "Prompt,Id" }, _data.Asked);
        Assert.AreEqual(Rows, _data.Values["Prompt"], "for the text and to pass it on");
        Assert.AreEqual(0, _data.OpenCursors);
    }

    [TestMethod]
    public void A_cursor_disposed_early_lets_go_of_its_input()
    {
        DataViewRowCursor untouched = Cursor(_written, "Story"), started = Cursor(_written, "Story");
        Assert.IsTrue(started.MoveNext());
        ReadOnlyMemory<char> text = default;
        ValueGetter<ReadOnlyMemory<char>> get = started.GetGetter<ReadOnlyMemory<char>>(_written.Schema["Story"]);
        get(ref text);
        Assert.IsLessThan(10, _data.Values["Prompt"], "the first batch is small");
        untouched.Dispose();
        started.Dispose();
        started.Dispose();
        Assert.AreEqual(0, _data.OpenCursors);
        Assert.IsFalse(started.MoveNext());
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => get(ref text)).Message, "MoveNext");
    }

    [TestMethod]
    public void A_getter_is_refused_off_a_row_of_another_type_and_for_a_column_not_asked_for()
    {
        using DataViewRowCursor cursor = Cursor(_written, "Story");
        ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(_written.Schema["Story"]);
        ReadOnlyMemory<char> text = default;
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => get(ref text)).Message, "MoveNext");
        StringAssert.Contains(Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(_written.Schema["Story"])).Message,
            "Int32");
        Assert.IsFalse(cursor.IsColumnActive(_written.Schema["Prompt"]), "it is read, not passed on");
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => cursor.GetGetter<int>(_written.Schema["Id"])).Message, "'Id'");
    }

    [TestMethod]
    public void A_set_of_cursors_gives_every_row_once_with_its_id_and_batch()
    {
        DataViewRowCursor[] cursors = _written.GetRowCursorSet([_written.Schema["Story"], _written.Schema["Id"]], 4);
        Assert.HasCount(4, cursors);
        var seen = new SortedDictionary<int, string>();
        foreach (DataViewRowCursor cursor in cursors)
        {
            ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(_written.Schema["Story"]);
            ValueGetter<int> getId = cursor.GetGetter<int>(_written.Schema["Id"]);
            ValueGetter<DataViewRowId> getRowId = cursor.GetIdGetter();
            ReadOnlyMemory<char> text = default;
            DataViewRowId rowId = default;
            int id = 0;
            while (cursor.MoveNext())
            {
                get(ref text);
                getId(ref id);
                getRowId(ref rowId);
                seen.Add(id, text.ToString());
                Assert.AreEqual(id, cursor.Batch);
                Assert.AreEqual(new DataViewRowId((ulong)id, 0), rowId);
            }
            cursor.Dispose();
        }
        CollectionAssert.AreEqual(_stories, seen.Values);
        Assert.AreEqual(0, _data.OpenCursors);
    }

    [TestMethod]
    public void Values_that_are_passed_on_belong_to_the_reader()
    {
        using DataViewRowCursor cursor = Cursor(_written, "Story", "Numbers");
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(_written.Schema["Numbers"]);
        VBuffer<float> numbers = default;
        for (int i = 0; cursor.MoveNext(); i++)
        {
            for (int time = 0; time < 2; time++)
            {
                get(ref numbers);
                CollectionAssert.AreEqual(s_rows[i].Numbers, numbers.GetValues().ToArray());
                VBufferEditor<float> editor = VBufferEditor.Create(ref numbers, numbers.Length);
                editor.Values.Fill(99);
                numbers = editor.Commit();
            }
        }
    }

    [TestMethod]
    public void Row_by_row_gives_what_batches_give_wherever_the_row_stands()
    {
        IRowToRowMapper mapper = ((ITransformer)_transformer).GetRowToRowMapper(_data.Schema);
        using DataViewRowCursor rows = _data.GetRowCursor(_data.Schema);
        using DataViewRow row = mapper.GetRow(rows, [mapper.OutputSchema["Story"]]);
        ValueGetter<ReadOnlyMemory<char>> get = row.GetGetter<ReadOnlyMemory<char>>(mapper.OutputSchema["Story"]);
        ReadOnlyMemory<char> text = default;
        for (int i = 0; rows.MoveNext(); i++)
        {
            get(ref text);
            Assert.AreEqual(_stories[i], text.ToString());
        }
        // The same prompts, from the last to the first.
        IDataView reversed = _transformer.Transform(s_context.Data.LoadFromEnumerable(s_rows.Reverse()));
        CollectionAssert.AreEqual(_stories, reversed.GetColumn<string>("Story").Reverse().ToArray());
    }

    [TestMethod]
    public void A_chain_of_generators_runs_each_once()
    {
        using DiffusionGenerateTransformer second = s_context.Transforms.Text.DiffusionGenerate("Sequel", "Story", Kept()).Fit(_written);
        IDataView both = second.Transform(_written);
        string[] sequels = [.. both.GetColumn<string>("Sequel")];
        CollectionAssert.AreEqual(second.Generate(_stories).Select(text => text.Text).ToArray(), sequels);
        Assert.AreEqual(1, _data.Asked.Count);

        static DiffusionGenerateEstimator.Options Kept()
        {
            DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
            options.PromptTooLong = PromptTooLong.KeepEnd;
            return options;
        }
    }

    [TestMethod]
    public void Long_work_reports_its_progress()
    {
        var messages = new Messages(s_context, Runtime.ChannelMessageKind.Info);
        _transformer.ReportInterval = TimeSpan.MaxValue;
        Assert.HasCount(Rows, _written.GetColumn<string>("Story").ToArray());
        Assert.IsFalse(messages.Any(message => message.Contains("rows written", StringComparison.Ordinal)), "short work is quiet");
        _transformer.ReportInterval = TimeSpan.Zero;
        Assert.HasCount(Rows, _written.GetColumn<string>("Story").ToArray());
        string[] reports = [.. messages.Where(message => message.Contains("rows written", StringComparison.Ordinal))];
        Assert.IsGreaterThan(2, reports.Length);
        StringAssert.StartsWith(reports[^1], "75 rows written of 75, ");
    }

    [TestMethod]
    public void Rows_that_do_not_stay_are_written_one_by_one()
    {
        // A type of one's own may be anything, such as an image, and is not read ahead.
        var owned = new OwnTypeView(_data);
        IDataView written = _transformer.Transform(owned);
        using DataViewRowCursor cursor = written.GetRowCursor(written.Schema);
        ValueGetter<ReadOnlyMemory<char>> get = cursor.GetGetter<ReadOnlyMemory<char>>(written.Schema["Story"]);
        ValueGetter<StrongPosition> getOwn = cursor.GetGetter<StrongPosition>(written.Schema["Own"]);
        ReadOnlyMemory<char> text = default;
        StrongPosition own = null!;
        for (int i = 0; cursor.MoveNext(); i++)
        {
            get(ref text);
            getOwn(ref own);
            Assert.AreEqual(_stories[i], text.ToString());
            Assert.AreEqual(i, own.Value);
        }
    }

    private static DataViewRowCursor Cursor(IDataView view, params string[] columns) =>
        view.GetRowCursor(columns.Select(column => view.Schema[column]));

    private sealed class Input
    {
        public string Prompt { get; set; } = "";

        public int Id { get; set; }

        [VectorType(3)]
        public float[] Numbers { get; set; } = [];
    }

    private sealed record StrongPosition(long Value);

    private sealed class StrongPositionType() : StructuredDataViewType(typeof(StrongPosition))
    {
        public override bool Equals(DataViewType? other) => other is StrongPositionType;

        public override bool Equals(object? other) => other is StrongPositionType;

        public override int GetHashCode() => 1;
    }

    /// <summary>A view of a column of texts and one of a type that ML.NET does not know.</summary>
    private sealed class OwnTypeView : IDataView
    {
        private readonly IDataView _source;

        public OwnTypeView(IDataView source)
        {
            _source = source;
            var builder = new DataViewSchema.Builder();
            builder.AddColumn("Prompt", TextDataViewType.Instance);
            builder.AddColumn("Own", new StrongPositionType());
            Schema = builder.ToSchema();
        }

        public DataViewSchema Schema { get; }

        public bool CanShuffle => false;

        public long? GetRowCount() => _source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new OwnCursor(Schema, _source.GetRowCursor([_source.Schema["Prompt"]]));

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private sealed class OwnCursor(DataViewSchema schema, DataViewRowCursor source) : DataViewRowCursor
        {
            public override long Position => source.Position;

            public override long Batch => source.Batch;

            public override DataViewSchema Schema => schema;

            public override bool MoveNext() => source.MoveNext();

            public override bool IsColumnActive(DataViewSchema.Column column) => true;

            public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => column.Name == "Prompt"
                ? source.GetGetter<TValue>(source.Schema["Prompt"])
                : (ValueGetter<TValue>)(Delegate)(ValueGetter<StrongPosition>)((ref StrongPosition value) => value =
                    new StrongPosition(source.Position));
        }
    }
}
