using System.Globalization;
using System.Net;
using System.Text;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A line plot as SVG: panels side by side with one logarithmic horizontal axis and one legend;
/// intervals as vertical strokes.</summary>
/// <param name="Title">The title.</param>
/// <param name="HorizontalLabel">The quantity on the horizontal axis.</param>
/// <param name="Names">The name of each line.</param>
/// <param name="DashedName">The name of the dashed level, if a panel has one.</param>
/// <param name="Panels">The panels.</param>
internal sealed record LinePlot(string Title, string HorizontalLabel, string[] Names, string? DashedName, LinePanel[] Panels)
{
    private const int PanelWidth = 460;
    private const int PanelHeight = 380;
    private const int Left = 60;
    private const int Top = 50;
    private const int Bottom = 50;
    private const int LegendWidth = 330;
    private const int LegendLine = 21;

    private static readonly string[] s_colors = ["#1f5fbf", "#d4381d", "#188038", "#8e3fbf", "#b06a00", "#00838f", "#c2185b", "#5d4037",
        "#546e7a", "#7a8b00", "#303f9f", "#e08700"];

    public string ToSvg()
    {
        int width = Panels.Length * (PanelWidth + Left) + LegendWidth,
            height = Top + Math.Max(PanelHeight + Bottom, (Names.Length + 2) * LegendLine);
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13">""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="#fff"/>""");
        Text(svg, Left, 24, "start", Title, 16);
        for (int panel = 0; panel < Panels.Length; panel++)
            Append(svg, Panels[panel], Left + panel * (PanelWidth + Left));
        int x = Panels.Length * (PanelWidth + Left) + 24, y = Top + 10;
        for (int line = 0; line < Names.Length; line++, y += LegendLine)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{x} {y}h30" stroke="{Color(line)}" stroke-width="2"/>""");
            Marker(svg, line, x + 15, y);
            Text(svg, x + 38, y + 4, "start", Names[line]);
        }
        if (DashedName is not null)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{x} {y}h30" stroke="#000" stroke-width="1.5" stroke-dasharray="6 4"/>""");
            Text(svg, x + 38, y + 4, "start", DashedName);
        }
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    private void Append(StringBuilder svg, LinePanel panel, int left)
    {
        PlotPoint[] points = [.. panel.Lines.SelectMany(line => line)];
        double first = Math.Floor(Math.Log2(points.Min(point => point.X)) - .01),
            last = Math.Ceiling(Math.Log2(points.Max(point => point.X)) + .01);
        double Level(double value) => panel.IsLogarithmic ? Math.Log10(value) : value;
        IEnumerable<double> levels = points.SelectMany(point => new[] { point.Low, point.High })
            .Concat(panel.Dashed is double dashed ? [dashed] : []).Select(Level);
        (double least, double most) = (levels.Min(), levels.Max());
        double tick = panel.IsLogarithmic ? 1 : Tick((most - least) / 6);
        least = Math.Floor(least / tick) * tick;
        most = Math.Max(least + tick, Math.Ceiling(most / tick) * tick);
        double X(double value) => left + (Math.Log2(value) - first) / (last - first) * PanelWidth;
        double Height(double level) => Top + (most - level) / (most - least) * PanelHeight;
        double Y(double value) => Height(Level(value));

        for (double power = first; power <= last; power++)
        {
            double x = X(Math.Pow(2, power));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{x:F1} {Top}v{PanelHeight}" stroke="#ddd"/>""");
            Text(svg, x, Top + PanelHeight + 18, "middle", Math.Pow(2, power).ToString(CultureInfo.InvariantCulture));
        }
        for (int step = 0; step <= Math.Round((most - least) / tick); step++)
        {
            double level = least + step * tick;
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{left} {Height(level):F1}h{PanelWidth}" stroke="#ddd"/>""");
            Text(svg, left - 6, Height(level) + 4, "end", panel.IsLogarithmic ? Math.Pow(10, level).ToString(CultureInfo.InvariantCulture)
                : level.ToString("0.##", CultureInfo.InvariantCulture));
        }
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect x="{left}" y="{Top}" width="{PanelWidth}" height="{PanelHeight}" fill="none" stroke="#888"/>""");
        Text(svg, left, Top - 8, "start", panel.Label);
        Text(svg, left + PanelWidth / 2, Top + PanelHeight + 38, "middle", HorizontalLabel);
        if (panel.Dashed is double at)
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{left} {Y(at):F1}h{PanelWidth}" stroke="#000" stroke-width="1.5" stroke-dasharray="6 4"/>""");
        for (int line = 0; line < panel.Lines.Length; line++)
        {
            string path =
                string.Join(' ', panel.Lines[line]
                    .Select((point, i) => string.Create(CultureInfo.InvariantCulture,
                        $"{(i == 0 ? 'M' : 'L')}{X(point.X):F1} {Y(point.Y):F1}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="{path}" fill="none" stroke="{Color(line)}" stroke-width="2"/>""");
            foreach (PlotPoint point in panel.Lines[line])
            {
                svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{X(point.X):F1} {Y(point.Low):F1}V{Y(point.High):F1}" stroke="{Color(line)}"/>""");
                Marker(svg, line, X(point.X), Y(point.Y));
            }
        }
    }

    /// <summary>The smallest of 1, 2 and 5 times a power of ten that is not below a width.</summary>
    private static double Tick(double width)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(width)));
        return power * (width <= power ? 1 : width <= 2 * power ? 2 : width <= 5 * power ? 5 : 10);
    }

    private static string Color(int line) => s_colors[line % s_colors.Length];

    /// <summary>A disc, a square, a diamond or a triangle, filled for the first twelve lines and hollow for the others.</summary>
    private static void Marker(StringBuilder svg, int line, double x, double y)
    {
        string shape = (line % 4) switch
        {
            0 => "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
            1 => "m-4 -4h8v8h-8z",
            2 => "m0 -5.5l5 5.5l-5 5.5l-5 -5.5z",
            _ => "m0 -5l5 9h-10z",
        };
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{x:F1} {y:F1}{shape}" fill="{(line < s_colors.Length ? Color(line) : "#fff")}" stroke="{Color(line)}"/>""");
    }

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, int size = 13) =>
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}" font-size="{size}">{WebUtility.HtmlEncode(text)}</text>""");
}
