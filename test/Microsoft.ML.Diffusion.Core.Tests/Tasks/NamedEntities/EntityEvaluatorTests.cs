using System.Text.Json;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class EntityEvaluatorTests
{
    [TestMethod]
    [DataRow(TagReading.Lenient, "l", "lenient")]
    [DataRow(TagReading.Strict, "s", "strict")]
    public void Counts_are_those_of_conlleval_and_seqeval(TagReading reading, string column, string total)
    {
        using JsonDocument golden = TaskFixtures.Load("entity-counts.json");
        JsonElement totals = golden.RootElement.GetProperty("totals");
        var all = new EntityEvaluator(reading);
        int sentences = 0;
        foreach (JsonElement sentence in golden.RootElement.GetProperty("sentences").EnumerateArray())
        {
            string[] actual = sentence.GetProperty("a").GetString()!.Split(' '),
                predicted = sentence.GetProperty("p").GetString()!.Split(' ');
            var one = new EntityEvaluator(reading);
            one.Add(actual, predicted);
            Assert.AreEqual(Counts(sentence.GetProperty(column)), one.Overall, sentence.ToString());
            all.Add(actual, predicted);
            sentences++;
        }
        Assert.AreEqual(400, sentences);
        Assert.AreEqual(Counts(totals.GetProperty(total)), all.Overall);
        Assert.AreEqual(totals.Number(total + "F1"), all.Overall.F1, 1e-15);
        Assert.AreEqual(totals.Number("accuracy"), all.TagAccuracy);
        JsonElement types = totals.GetProperty(total + "ByType");
        CollectionAssert.AreEqual(types.EnumerateObject().Select(static type => type.Name).Order(StringComparer.Ordinal).ToArray(),
            all.ByType.Keys.ToArray());
        foreach ((string type, EntityCounts counts) in all.ByType)
            Assert.AreEqual(Counts(types.GetProperty(type)), counts, type);
    }

    /// <summary>The example of seqeval's README.</summary>
    [TestMethod]
    public void Example_with_a_wrong_bound()
    {
        var evaluator = new EntityEvaluator();
        evaluator.Add(["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"]);
        evaluator.Add(["B-PER", "I-PER", "O"], ["B-PER", "I-PER", "O"]);
        Assert.AreEqual(0.5, evaluator.Overall.F1);
        Assert.AreEqual(0.8, evaluator.TagAccuracy);
        Assert.AreEqual((0.0, 1.0), (evaluator.ByType["MISC"].F1, evaluator.ByType["PER"].F1));
    }

    [TestMethod]
    public void Nothing_counts_as_zero_and_lengths_must_match()
    {
        var evaluator = new EntityEvaluator();
        Assert.IsTrue(double.IsNaN(evaluator.TagAccuracy));
        evaluator.Add(["O"], ["O"]);
        Assert.AreEqual((0.0, 0.0, 0.0), (evaluator.Overall.Precision, evaluator.Overall.Recall, evaluator.Overall.F1));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => evaluator.Add(["O"], [])).Message,
            "0 tags were predicted for 1 words");
    }

    private static EntityCounts Counts(JsonElement list) => new(list[0].GetInt64(), list[1].GetInt64(), list[2].GetInt64());
}
