using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Traces;

namespace Microsoft.ML.Diffusion;

public static partial class TracePicture
{
    private const int MostLines = 28;
    private const double Gutter = 44;

    /// <summary>
    /// Draws the steps from top to bottom and the positions from left to right. Masks are gray bars. Tokens written by a step have a
    /// background color for when they were written, with a bar below whose length is their probability. If there are more steps than rows,
    /// some are omitted.
    /// </summary>
    /// <param name="trace">The trace to draw.</param>
    /// <returns>The content of the SVG file.</returns>
    public static string ToSvg(DenoisingTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        TraceLayout layout = new(trace);
        int[] shown = ChooseSteps(trace.Steps.Count, layout.Lines);
        double paragraph = layout.Lines * LineHeight + (layout.Lines > 1 ? 8 : 0);
        double width = Gutter + layout.Width * Cell + 2 * Margin, height = shown.Length * paragraph + 2 * Margin + 26;
        StringBuilder svg = Begin(width, height, Title(trace, layout), "");
        int lastStep = trace.Steps.Count == 0 ? 0 : trace.Steps[^1].Number;
        int[] tokens = [.. trace.Start];
        TraceChange?[] changes = new TraceChange?[tokens.Length];
        int[] writtenAt = new int[tokens.Length];
        for (int i = 0, done = 0; i < shown.Length; i++)
        {
            HashSet<int> fresh = [];
            for (; done < shown[i]; done++)
            {
                foreach (TraceChange change in trace.Steps[done].Changes)
                {
                    tokens[change.Position] = change.Token;
                    changes[change.Position] = change;
                    writtenAt[change.Position] = trace.Steps[done].Number;
                    fresh.Add(change.Position);
                }
            }
            double top = Margin + i * paragraph;
            int number = shown[i] == 0 ? 0 : trace.Steps[shown[i] - 1].Number;
            svg.Append(CultureInfo.InvariantCulture,
                $"<text class=\"note\" x=\"{Margin:0.#}\" y=\"{top + TextHeight:0.#}\">{number}</text>\n");
            Masks(svg, trace, layout, tokens, top);
            for (int position = 0; position < tokens.Length; position++)
            {
                // The last step shows the whole text in its colors.
                if (changes[position] is TraceChange change && tokens[position] != trace.MaskToken &&
                    (fresh.Contains(position) || i == shown.Length - 1))
                    Fresh(svg, layout, change, Color(writtenAt[position], lastStep), fresh.Contains(position), top);
            }
            Tokens(svg, trace, layout, tokens, changes, top);
        }
        double foot = height - Margin;
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"note\" x=\"{Margin:0.#}\" y=\"{foot:0.#}\">step</text>");
        Legend(svg, X(0), foot);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The number of completed steps at each row of the picture: none, all, and as many between as fit.</summary>
    private static int[] ChooseSteps(int steps, int lines)
    {
        int rows = Math.Clamp(steps + 1, 1, Math.Max(3, MostLines / lines));
        return [.. Enumerable.Range(0, rows).Select(row => rows == 1 ? 0 : (int)((long)row * steps / (rows - 1)))];
    }

    private static void Masks(StringBuilder svg, DenoisingTrace trace, TraceLayout layout, int[] tokens, double top)
    {
        var path = new StringBuilder();
        for (int position = 0; position < tokens.Length; position++)
        {
            (int line, int column, int width, int lead) = layout[position];
            if (tokens[position] == trace.MaskToken && width > 0)
                path.Append(CultureInfo.InvariantCulture,
                    $"M{X(column + lead) + .5:0.#} {top + line * LineHeight + 10:0.#}h{(width - lead) * Cell - 1:0.#}");
        }
        if (path.Length > 0)
            svg.Append("<path class=\"mask\" d=\"").Append(path).Append("\"/>\n");
    }

    private static void Fresh(StringBuilder svg, TraceLayout layout, TraceChange change, int color, bool isFresh, double top)
    {
        (int line, int column, int width) = layout.Place(change.Position, change.Token);
        if (width == 0)
            return;
        double x = X(column), y = top + line * LineHeight;
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"c{color} fresh\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width * Cell:0.#}\" height=\"20\" rx=\"3\"/>");
        if (isFresh && !float.IsNaN(change.Probability))
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"c{color}\" x=\"{x:0.#}\" y=\"{y + 19:0.#}\" " +
                $"width=\"{Math.Max(width * Cell * change.Probability, .5):0.#}\" height=\"2\"/>");
        svg.Append('\n');
    }

    /// <summary>The texts; neighbors of one style are one element if each of their characters takes exactly one cell.</summary>
    private static void Tokens(StringBuilder svg, DenoisingTrace trace, TraceLayout layout, int[] tokens,
        TraceChange?[] changes, double top)
    {
        var run = new StringBuilder();
        (int Line, int Column, bool IsGiven) at = default;
        for (int position = 0; position < tokens.Length; position++)
        {
            (int line, int column, _, _) = layout[position];
            bool isMask = tokens[position] == trace.MaskToken, isGiven = changes[position] is null;
            string text = isMask ? "" : layout.Shown(tokens[position]);
            if (run.Length > 0 &&
                (isMask || line != at.Line || column != at.Column + run.Length || isGiven != at.IsGiven || !Ascii.IsValid(text)))
                Flush();
            if (isMask || text.Length == 0)
                continue;
            if (run.Length == 0)
                at = (line, column, isGiven);
            run.Append(text);
            if (!Ascii.IsValid(text))
                Flush();
        }
        Flush();

        void Flush()
        {
            Text(svg, at.IsGiven ? "given" : "", X(at.Column), top + at.Line * LineHeight + TextHeight, run.ToString());
            run.Clear();
        }
    }

    /// <summary>The legend of colors and bars, in one line.</summary>
    private static void Legend(StringBuilder svg, double x, double y)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"note\" x=\"{x:0.#}\" y=\"{y:0.#}\">written first</text>");
        for (int i = 0; i < s_colors.Length; i++)
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"c{i}\" x=\"{x + 92 + 9 * i:0.#}\" y=\"{y - 8:0.#}\" width=\"9\" height=\"9\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"note\" x=\"{x + 180:0.#}\" y=\"{y:0.#}\">last</text>");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"c4 fresh\" x=\"{x + 226:0.#}\" y=\"{y - 4:0.#}\" width=\"36\" height=\"2\"/><rect class=\"c4\" " +
            $"x=\"{x + 226:0.#}\" y=\"{y - 4:0.#}\" width=\"24\" height=\"2\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"note\" x=\"{x + 268:0.#}\" y=\"{y:0.#}\">its probability then</text>\n");
    }

    private static double X(int column) => Margin + Gutter + column * Cell;
}
