using System.Xml.Linq;
using Microsoft.ML.Diffusion.Trials;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The report of trials, with its table, front and picture; and the rule that stops trials early.</summary>
[TestClass]
public sealed class SweepReportTests
{
    private static readonly TrialRecord[] s_trials =
    [
        Trial(0, TrialStatus.Completed, 0.5, calls: 8),
        Trial(1, TrialStatus.Completed, 0.3, calls: 16),
        Trial(2, TrialStatus.OverBudget, 0.1, calls: 32),
        Trial(3, TrialStatus.Completed, 0.4, calls: 20),
        Trial(4, TrialStatus.Stopped, 0.05, calls: 4),
        Trial(5, TrialStatus.Failed, double.NaN, calls: null) with { Error = "a | b\nc" },
    ];

    [TestMethod]
    public void The_best_is_complete_and_the_front_is_what_nothing_beats()
    {
        var report = new SweepReport(s_trials);
        Assert.AreEqual(1, report.Best!.Id);
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, report.Front.Select(trial => trial.Id).ToArray());
        string[] rows = report.ToMarkdown().TrimEnd().Split('\n');
        CollectionAssert.AreEqual(new[] { "1", "3", "0", "2", "4", "5" }, rows[2..].Select(row => row.Split('|')[1].Trim()).ToArray());
        Assert.AreEqual("| 1 | 0.3000 | 16.0 | ★ | 0 | Completed | setting 1 |", rows[2]);
        Assert.AreEqual("| 5 |  |  |  | 0 | Failed: a \\| b c | setting 5 |", rows[^1]);
    }

    [TestMethod]
    public void The_picture_shows_every_trial_that_was_measured()
    {
        XElement svg = XElement.Parse(new SweepReport(s_trials).ToSvg());
        XElement[] circles = [.. svg.Elements().Where(element => element.Name.LocalName == "circle")];
        Assert.HasCount(5, circles);
        Assert.HasCount(3, svg.Elements().Single(element => element.Name.LocalName == "polyline").Attribute("points")!.Value.Split(' '));
        double[] x = [.. circles.Select(circle => (double)circle.Attribute("cx")!)],
            y = [.. circles.Select(circle => (double)circle.Attribute("cy")!)];
        Assert.IsTrue(x[4] < x[0] && x[0] < x[1] && x[1] < x[3] && x[3] < x[2], "by calls");
        Assert.IsTrue(y[0] < y[3] && y[3] < y[1] && y[1] < y[2], "a greater metric is drawn higher");
        Assert.AreEqual("none", circles[4].Attribute("fill")!.Value);
        StringAssert.Contains(svg.ToString(), "trial 1: setting 1");
    }

    [TestMethod]
    public void Without_calls_the_picture_is_of_trials_in_their_order()
    {
        TrialRecord[] trials = [Trial(0, TrialStatus.Completed, 0.7, null) with { Loss = -0.7 },
            Trial(1, TrialStatus.Completed, 0.6, null) with { Loss = -0.6 },
            Trial(2, TrialStatus.Completed, 0.9, null) with { Loss = -0.9 }];
        var report = new SweepReport(trials);
        Assert.AreEqual(2, report.Best!.Id);
        Assert.IsEmpty(report.Front);
        Assert.HasCount(2, XElement.Parse(report.ToSvg()).Elements().Single(element => element.Name.LocalName == "polyline")
            .Attribute("points")!.Value.Split(' '), "the best so far");
        Assert.DoesNotContain("calls", report.ToMarkdown());
    }

    [TestMethod]
    public void An_empty_report_is_one()
    {
        var report = new SweepReport([]);
        Assert.IsNull(report.Best);
        Assert.HasCount(2, report.ToMarkdown().TrimEnd().Split('\n'));
        _ = XElement.Parse(report.ToSvg());
    }

    [TestMethod]
    public void A_trial_that_half_of_the_others_beat_as_far_as_it_is_should_stop()
    {
        TrialRecord[] earlier = [With(1, 5, 4), With(1, 3, 9), With(1, 2, 1), Trial(3, TrialStatus.Failed, double.NaN, null)];
        Assert.IsFalse(MedianRule.ShouldStop(earlier, 3, [new TrialPoint(1, 3)]), "as good as the median");
        Assert.IsTrue(MedianRule.ShouldStop(earlier, 3, [new TrialPoint(1, 3.1)]));
        Assert.IsFalse(MedianRule.ShouldStop(earlier, 4, [new TrialPoint(1, 99)]), "too few came so far; those that failed do not count");
        Assert.IsFalse(MedianRule.ShouldStop(earlier, 3, [new TrialPoint(0.5, 99)]), "none came to a point so early");
        // The best up to a point counts: 3, 3 and 1 there, and 2.5 here although the last is worse.
        Assert.IsFalse(MedianRule.ShouldStop(earlier, 3, [new TrialPoint(1, 2.5), new TrialPoint(2, 8)]));
        Assert.IsTrue(MedianRule.ShouldStop(earlier, 3, [new TrialPoint(1, 3.5), new TrialPoint(2, 3.2)]));

        static TrialRecord With(params double[] losses) =>
            new() { Points = [.. losses.Skip(1).Select((loss, i) => new TrialPoint(i + 1, loss))] };
    }

    private static TrialRecord Trial(int id, TrialStatus status, double metric, double? calls) => new()
    {
        Id = id, Settings = $"setting {id}", Status = status, MetricName = "distance", Metric = metric, Loss = metric, Calls = calls,
    };
}
