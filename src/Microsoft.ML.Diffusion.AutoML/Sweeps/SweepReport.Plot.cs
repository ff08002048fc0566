using System.Globalization;
using System.Security;
using System.Text;

namespace Microsoft.ML.Diffusion;

public sealed partial class SweepReport
{
    private const int Width = 720, Height = 440, Left = 70, Right = 20, Top = 30, Bottom = 60;

    /// <summary>
    /// Draws the trials as SVG. If trials have calls of the denoiser, the metric is drawn against the calls, with the front as a line;
    /// otherwise against the trial's number, with the best so far as a line. Trials that were stopped early are hollow; failed trials are
    /// left out.
    /// </summary>
    public string ToSvg()
    {
        TrialRecord[] shown = [.. Trials.Where(trial => !double.IsNaN(trial.Metric))];
        bool hasCalls = shown.Any(trial => trial.Calls is not null);
        var x = new Axis([.. shown.Select(X)], Left, Width - Right);
        var y = new Axis([.. shown.Select(trial => trial.Metric)], Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        foreach (double tick in x.Ticks)
        {
            Line(x.Place(tick), Top, x.Place(tick), Height - Bottom, "#ddd");
            Label(x.Place(tick), Height - Bottom + 18, "middle", tick.ToString("G4", CultureInfo.InvariantCulture));
        }
        foreach (double tick in y.Ticks)
        {
            Line(Left, y.Place(tick), Width - Right, y.Place(tick), "#ddd");
            Label(Left - 8, y.Place(tick) + 4, "end", tick.ToString("G4", CultureInfo.InvariantCulture));
        }
        Label((Left + Width - Right) / 2.0, Height - 18, "middle", hasCalls ? "calls of the denoiser for a text" : "trial");
        Label(Left, 18, "start", shown.FirstOrDefault()?.MetricName ?? "no trial was measured");
        IEnumerable<TrialRecord> line = hasCalls ? Front : BestSoFar();
        svg.Append(CultureInfo.InvariantCulture,
            $"<polyline fill=\"none\" stroke=\"#c33\" stroke-width=\"2\" " +
            $"points=\"{string.Join(' ', line.Select(trial => string.Create(CultureInfo.InvariantCulture, $"{x.Place(X(trial)):F1},{y.Place(trial.Metric):F1}")))}\"/>\n");
        foreach (TrialRecord trial in shown)
        {
            string fill = trial.Status switch { TrialStatus.Completed => trial == Best ? "#c33" : "#36c",
                TrialStatus.OverBudget => "#999", _ => "none" };
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{x.Place(X(trial)):F1}\" cy=\"{y.Place(trial.Metric):F1}\" r=\"4\" fill=\"{fill}\" " +
                $"stroke=\"#36c\"><title>{SecurityElement.Escape($"trial {trial.Id}: {trial.Settings}")}</title></circle>\n");
        }
        return svg.Append("</svg>\n").ToString();

        double X(TrialRecord trial) => hasCalls ? trial.Calls ?? 0 : trial.Id;

        void Line(double x1, double y1, double x2, double y2, string color) =>
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{color}\"/>\n");

        void Label(double atX, double atY, string anchor, string text) =>
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{atX:F1}\" y=\"{atY:F1}\" text-anchor=\"{anchor}\">{SecurityElement.Escape(text)}</text>\n");
    }

    private IEnumerable<TrialRecord> BestSoFar()
    {
        double least = double.PositiveInfinity;
        foreach (TrialRecord trial in Trials.Where(trial => trial.Status == TrialStatus.Completed))
        {
            if (!(trial.Loss < least))
                continue;
            least = trial.Loss;
            yield return trial;
        }
    }

    /// <summary>An axis: places values between two ends, with margins, and chooses round numbers for its ticks.</summary>
    private sealed class Axis
    {
        private readonly double _low, _high, _start, _end;

        public Axis(double[] values, double start, double end)
        {
            (double low, double high) = values.Length == 0 ? (0, 1) : (values.Min(), values.Max());
            double room = high > low ? (high - low) * 0.06 : Math.Max(Math.Abs(low) * 0.1, 0.5);
            (_low, _high, _start, _end) = (low - room, high + room, start, end);
            double step = Math.Pow(10, Math.Floor(Math.Log10((_high - _low) / 4)));
            step *= (_high - _low) / step > 20 ? 5 : (_high - _low) / step > 8 ? 2 : 1;
            long first = (long)Math.Ceiling(_low / step), last = (long)Math.Floor(_high / step);
            Ticks = [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step)];
        }

        public IReadOnlyList<double> Ticks { get; }

        public double Place(double value) => _start + (value - _low) / (_high - _low) * (_end - _start);
    }
}
