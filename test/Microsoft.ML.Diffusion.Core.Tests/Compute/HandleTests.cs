using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Indices and sequences are checked by their handles, before an engine sees them.</summary>
[TestClass]
public sealed class HandleTests : IDisposable
{
    private readonly CpuEngine _engine = CpuEngine.Create(1);
    private readonly Pass _pass;

    public HandleTests()
    {
        _pass = Pass.ForInference(_engine);
        _pass.Begin();
    }

    public void Dispose()
    {
        _pass.Dispose();
        _engine.Dispose();
    }

    [TestMethod]
    public void A_handle_says_what_is_behind_it()
    {
        Assert.AreEqual((3, -2, 7), (_pass.IndicesOf([7, -2, 0]).Count, _pass.IndicesOf([7, -2, 0]).Least, _pass.IndicesOf([7, -2, 0]).Greatest));
        Assert.AreEqual((0, 0, -1), (_pass.IndicesOf([]).Count, _pass.IndicesOf([]).Least, _pass.IndicesOf([]).Greatest));
        Sequences sequences = _pass.SequencesOf([0, 2, 2, 7]);
        Assert.AreEqual((3, 7, 5, 1), (sequences.Count, sequences.Rows, sequences.Longest, sequences.FirstEmpty));
        Sequences none = _pass.SequencesOf([0]);
        Assert.AreEqual((0, 0, 0, -1), (none.Count, none.Rows, none.Longest, none.FirstEmpty));
    }

    [TestMethod]
    public void Equal_bounds_are_written_once_a_run()
    {
        Sequences first = _pass.SequencesOf([0, 2, 5]), other = _pass.SequencesOf([0, 5]);
        Assert.AreEqual(first, _pass.SequencesOf(new[] { 0, 2, 5 }));
        Assert.AreNotEqual(first, other);
    }

    [TestMethod]
    public void Bounds_that_are_not_bounds_are_refused()
    {
        Refused(() => _pass.SequencesOf([]), "begin with 0");
        Refused(() => _pass.SequencesOf([1, 2]), "begin with 0");
        Refused(() => _pass.SequencesOf([0, 3, 2]), "Sequence 1 would end at 2");
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        using Parameter table = new("table", 4, 6), narrow = new("narrow", 4, 3);
        _engine.CreateValues(table);
        _engine.CreateValues(narrow);
        Tensor x = _pass.Write(3, 6, new float[18]);
        Sequences four = _pass.SequencesOf([0, 4]), three = _pass.SequencesOf([0, 3]);
        Refused(() => _pass.Embed(table, [0, 4]), "'table' has 4 rows");
        Refused(() => _pass.Embed(table, [0, -1]), "'table' has 4 rows");
        Refused(() => _pass.AddEmbedding(x, table, [0, 1]), "3 rows was given 2 indices");
        Refused(() => _pass.AddEmbedding(x, narrow, [0, 1, 2]), "6 columns was given a table of 3");
        Refused(() => _pass.AddPositions(x, table, four), "3 rows was given sequences of 4 rows");
        Refused(() => _pass.Gather(x, [3]), "[0, 3)");
        Refused(() => _pass.Linear(x, narrow, null), "'narrow' is 4 × 3");
        Refused(() => _pass.Add(x, _pass.Write(3, 5, new float[15])), "3 × 6 was given with 3 × 5");
        Refused(() => _pass.Attend(x, four, 1, AttentionPattern.Full), "sequences of 4 rows");
        Refused(() => _pass.Attend(x, three, 4, AttentionPattern.Full), "does not divide into 4 heads");
        Refused(() => _pass.Attend(x, three, 1, new AttentionPattern(-1, 0)), "pattern");
        Refused(() => _pass.Attend(x, three, 2, AttentionPattern.Full, x), "expected 5 × 2");
        Refused(() => _pass.LinearCrossEntropy(x, table, null, [0, 1, 4], [1, 1, 1]), "[0, 4)");
        Refused(() => _pass.LinearCrossEntropy(x, table, null, [0, 1], [1, 1, 1]), "2 targets");
        Refused(() => _pass.View(x, 2, 2), "rows");
        Refused(() => _pass.Read(x, new float[17]), "given 17 values");
        Refused(() => _engine.Write(new Parameter("bare", 1, 1), 0, [1]), "'bare' has no plain values");
    }

    private static void Refused(Action action, string part) => StringAssert.Contains(Assert.Throws<Exception>(action).Message, part);

    private static void Refused<T>(Func<T> action, string part) => Refused(() => { _ = action(); }, part);
}
