using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Traces;

namespace Microsoft.ML.Diffusion;

public static partial class TracePicture
{
    private const double SecondsPerStep = .28;
    private const double MostSeconds = 14;
    private const double StillSeconds = 4;

    /// <summary>
    /// Draws one paragraph in which masks become tokens step by step, each with a color for when it was written; the animation pauses at
    /// the end and starts again. Where animations are not supported or not wanted, the final text is shown.
    /// </summary>
    /// <param name="trace">The trace to draw.</param>
    /// <returns>The content of the SVG file.</returns>
    public static string ToAnimatedSvg(DenoisingTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        TraceLayout layout = new(trace);
        int last = trace.Steps.Count == 0 ? 0 : trace.Steps[^1].Number;
        double moving = Math.Min(MostSeconds, (last + 1) * SecondsPerStep), seconds = moving + StillSeconds;
        Dictionary<(int From, int To), int> spans = [];
        var body = new StringBuilder();
        int[] tokens = [.. trace.Start], since = new int[tokens.Length];
        bool[] isWritten = new bool[tokens.Length];
        foreach (TraceStep step in trace.Steps)
        {
            foreach (TraceChange change in step.Changes)
            {
                if (change.Token != tokens[change.Position])
                {
                    Draw(change.Position, step.Number);
                    (tokens[change.Position], since[change.Position]) = (change.Token, step.Number);
                }
                isWritten[change.Position] = true;
            }
        }
        for (int position = 0; position < tokens.Length; position++)
            Draw(position, int.MaxValue);

        var styles = new StringBuilder();
        styles.Append(CultureInfo.InvariantCulture,
            $".a{{animation:{seconds:0.##}s linear " +
            $"infinite}}.gone{{opacity:0}}.clock{{transform-box:fill-box;transform-origin:left;animation:clock {seconds:0.##}s " +
            $"linear infinite}}\n");
        styles.Append(CultureInfo.InvariantCulture,
            $"@keyframes clock{{0%{{transform:scaleX(0)}}{Percent(last)},100%{{transform:scaleX(1)}}}}\n");
        foreach (((int from, int to), int name) in spans)
        {
            styles.Append(CultureInfo.InvariantCulture, $".s{name}{{animation-name:s{name}}}@keyframes s{name}{{");
            if (from > 0)
                styles.Append(CultureInfo.InvariantCulture, $"0%,{Percent(from - .5)}{{opacity:0}}");
            styles.Append(CultureInfo.InvariantCulture,
                $"{(from > 0 ? Percent(from) : "0%")},{(to == int.MaxValue ? "100%" : Percent(to - .5))}{{opacity:1}}");
            styles.Append(to == int.MaxValue ? "}\n" : $"{Percent(to)},100%{{opacity:0}}}}\n");
        }
        styles.Append("@media (prefers-reduced-motion:reduce){.a,.clock{animation:none}}\n");
        double width = layout.Width * Cell + 2 * Margin, height = layout.Lines * LineHeight + 2 * Margin + 14;
        StringBuilder svg = Begin(width, height, Title(trace, layout), styles.ToString());
        svg.Append(body);
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"c4 clock\" x=\"{Margin:0.#}\" y=\"{height - Margin:0.#}\" width=\"{layout.Width * Cell:0.#}\" height=\"3\" " +
            $"rx=\"1.5\"/>\n</svg>\n");
        return svg.ToString();

        string Percent(double step) =>
            string.Create(CultureInfo.InvariantCulture, $"{100 * moving * Math.Max(step, 0) / (last + 1) / seconds:0.##}%");

        // The token at a position until a step.
        void Draw(int position, int until)
        {
            int token = tokens[position], from = since[position];
            (int line, int column, int width) = layout.Place(position, token);
            if (width == 0)
                return;
            double x = Margin + column * Cell, y = Margin + line * LineHeight;
            string classes = "";
            if (from > 0 || until < int.MaxValue)
            {
                if (!spans.TryGetValue((from, until), out int span))
                    spans[(from, until)] = span = spans.Count;
                classes = $"a s{span}{(until < int.MaxValue ? " gone" : "")}";
            }
            if (token == trace.MaskToken)
            {
                body.Append(CultureInfo.InvariantCulture,
                    $"<path class=\"mask {classes}\" d=\"M{x + .5:0.#} {y + 10:0.#}h{width * Cell - 1:0.#}\"/>\n");
                return;
            }
            if (isWritten[position])
                body.Append(CultureInfo.InvariantCulture,
                    $"<rect class=\"c{Color(from, last)} fresh {classes}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width * Cell:0.#}\" " +
                    $"height=\"20\" rx=\"3\"/>\n");
            Text(body, isWritten[position] ? classes : $"given {classes}".TrimEnd(), x, y + TextHeight, layout.Shown(token).TrimStart(' '));
        }
    }
}
