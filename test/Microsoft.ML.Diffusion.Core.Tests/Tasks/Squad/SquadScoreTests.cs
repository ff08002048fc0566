using System.Text.Json;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Squad;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class SquadScoreTests
{
    [TestMethod]
    public void Every_generated_case_scores_as_the_official_scripts_score_it()
    {
        using JsonDocument golden = TaskFixtures.Load("squad-scores.json");
        int cases = 0;
        foreach (JsonElement item in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            string prediction = item.GetProperty("p").GetString()!;
            string[] golds = item.GetProperty("g").Strings();
            Assert.AreEqual(item.GetProperty("w").GetString(), SquadAnswers.Normalize(prediction), item.ToString());
            Assert.AreEqual((item.Number("e2"), item.Number("f2")),
                SquadAnswers.Score(prediction, golds, SquadRules.Version2), item.ToString());
            if (golds.Length > 0)
                Assert.AreEqual((item.Number("e1"), item.Number("f1")),
                    SquadAnswers.Score(prediction, golds, SquadRules.Version1), item.ToString());
            cases++;
        }
        Assert.AreEqual(1000, cases);
    }

    [TestMethod]
    public void Reports_are_those_of_the_official_scripts()
    {
        using JsonDocument golden = TaskFixtures.Load("squad-scores.json");
        JsonElement reports = golden.RootElement.GetProperty("reports");
        var version1 = new SquadEvaluator(SquadRules.Version1);
        var version2 = new SquadEvaluator(SquadRules.Version2);
        foreach (JsonElement item in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            string[] golds = item.GetProperty("g").Strings();
            version2.Add(item.GetProperty("p").GetString(), golds, item.Number("n"));
            if (golds.Length > 0)
                version1.Add(item.GetProperty("p").GetString(), golds);
        }
        JsonElement expected1 = reports.GetProperty("version1");
        AreNear(expected1.Number("exact_match"), version1.Report().Overall.ExactMatch);
        AreNear(expected1.Number("f1"), version1.Report().Overall.F1);
        AssertReport(reports.GetProperty("version2"), version2.Report());
        AssertReport(reports.GetProperty("version2Threshold"), version2.Report(0.6));
    }

    [TestMethod]
    public void Real_questions_with_predictions_by_rule_score_as_the_official_scripts_score_them()
    {
        SquadReport first = ByRule("squad/dev-v1.1.json", SquadRules.Version1).Report();
        AreNear(40.56557776694295, first.Overall.ExactMatch);
        AreNear(53.8989453439062, first.Overall.F1);
        SquadReport second = ByRule("squad/dev-v2.0.json", SquadRules.Version2).Report(0.7);
        AreNear(51.91932335718933, second.Overall.ExactMatch);
        AreNear(56.709529516633864, second.Overall.F1);
        AreNear(28.39160839160839, second.HasAnswer.ExactMatch);
        AreNear(38.688876737155695, second.HasAnswer.F1);
        AreNear(72.38442822384428, second.NoAnswer.F1);
        Assert.AreEqual((715, 822), (second.HasAnswer.Count, second.NoAnswer.Count));
        AreNear(53.545868575146386, second.BestExactMatch.Score);
        Assert.AreEqual(0, second.BestExactMatch.Threshold);
        AreNear(58.075392923811364, second.BestF1.Score);
        Assert.AreEqual(0.9801980198019802, second.BestF1.Threshold);
    }

    [TestMethod]
    public void The_two_scripts_differ_where_nothing_is_left_of_an_answer()
    {
        Assert.AreEqual((1.0, 0.0), SquadAnswers.Score("the", ["A"], SquadRules.Version1));
        Assert.AreEqual((1.0, 1.0), SquadAnswers.Score("the", ["A"], SquadRules.Version2));
        Assert.AreEqual((0.0, 0.0), SquadAnswers.Score("", ["The", "river"], SquadRules.Version2));
        Assert.AreEqual((1.0, 1.0), SquadAnswers.Score("", [], SquadRules.Version2));
        Assert.ThrowsExactly<ArgumentException>(() => SquadAnswers.Score("", [], SquadRules.Version1));
    }

    [TestMethod]
    public void No_prediction_scores_nothing_and_no_question_is_an_error()
    {
        var evaluator = new SquadEvaluator(SquadRules.Version2);
        Assert.ThrowsExactly<InvalidOperationException>(() => evaluator.Report());
        Assert.ThrowsExactly<ArgumentException>(() => evaluator.Add("", [], double.NaN));
        evaluator.Add(null, []);
        SquadReport report = evaluator.Report();
        Assert.AreEqual(new SquadScores(0, 0, 1), report.Overall);
        Assert.AreEqual(0, report.HasAnswer.Count);
        Assert.IsTrue(double.IsNaN(report.HasAnswer.F1));
    }

    /// <summary>The last gold, a gold with what follows it, nothing, a piece of the context, a gold in capitals; in turn.</summary>
    private static SquadEvaluator ByRule(string file, SquadRules rules)
    {
        var evaluator = new SquadEvaluator(rules);
        foreach (SquadQuestion question in SquadReader.Read(SharedData.Data(file)).Questions)
        {
            int i = evaluator.Count;
            string context = question.Context;
            SquadAnswer? first = question.Answers.Count > 0 ? question.Answers[0] : null;
            string prediction = (i % 5) switch
            {
                0 => first is null ? "" : question.GoldTexts[^1],
                1 => first is null ? context[..9] : context[first.Start..Math.Min(context.Length, first.End + 12)],
                2 => "",
                3 => context[10..50],
                _ => first is null ? "" : $"The {first.Text.ToUpperInvariant()}.",
            };
            evaluator.Add(prediction, question.GoldTexts, i * 37 % 101 / 101.0);
        }
        return evaluator;
    }

    private static void AssertReport(JsonElement expected, SquadReport report)
    {
        AreNear(expected.Number("exact"), report.Overall.ExactMatch);
        AreNear(expected.Number("f1"), report.Overall.F1);
        Assert.AreEqual(expected.Number("total"), report.Overall.Count);
        AreNear(expected.Number("HasAns_exact"), report.HasAnswer.ExactMatch);
        AreNear(expected.Number("HasAns_f1"), report.HasAnswer.F1);
        Assert.AreEqual(expected.Number("HasAns_total"), report.HasAnswer.Count);
        AreNear(expected.Number("NoAns_exact"), report.NoAnswer.ExactMatch);
        AreNear(expected.Number("NoAns_f1"), report.NoAnswer.F1);
        Assert.AreEqual(expected.Number("NoAns_total"), report.NoAnswer.Count);
        AreNear(expected.Number("best_exact"), report.BestExactMatch.Score);
        Assert.AreEqual(expected.Number("best_exact_thresh"), report.BestExactMatch.Threshold);
        AreNear(expected.Number("best_f1"), report.BestF1.Score);
        Assert.AreEqual(expected.Number("best_f1_thresh"), report.BestF1.Threshold);
    }

    private static void AreNear(double percent, double fraction) => Assert.AreEqual(percent, 100 * fraction, 1e-11);
}
