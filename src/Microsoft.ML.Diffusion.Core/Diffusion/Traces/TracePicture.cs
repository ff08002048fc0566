using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Traces;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Draws a <see cref="DenoisingTrace"/> as an SVG file, still or animated. Each file is self-contained, without scripts or fonts, and
/// adapts to light and dark backgrounds.
/// </summary>
public static partial class TracePicture
{
    private const double Cell = 8.4;
    private const double LineHeight = 24;
    private const double Margin = 18;
    private const double TextHeight = 15;

    // From indigo (first) to orange (last); each is visible on white and on black.
    private static readonly string[] s_colors =
        ["#6a5acd", "#4a74d8", "#2f8fd3", "#20a5b8", "#2bb28e", "#63b95b", "#a8b93d", "#dca62f", "#ee8038"];

    private const string Style = """
        text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328;white-space:pre}
        .paper{fill:#fff;stroke:#d0d7de}.given,.note{fill:#6e7781}.note{font-size:11px}.mask{stroke:#8c959f;stroke-opacity:.26;stroke-width:12;fill:none}.fresh{fill-opacity:.32}
        @media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117;stroke:#30363d}.given,.note{fill:#8d96a0}.mask{stroke-opacity:.34}.fresh{fill-opacity:.45}}
        """;

    /// <summary>Opens the file: sizes, title, styles, background.</summary>
    private static StringBuilder Begin(double width, double height, string title, string styles)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" " +
            $"height=\"{height:0.#}\" role=\"img\" xml:space=\"preserve\">\n");
        svg.Append("<title>").Append(Escape(title)).Append("</title>\n<style>\n").Append(Style).Append('\n').Append(styles);
        for (int i = 0; i < s_colors.Length; i++)
            svg.Append(CultureInfo.InvariantCulture, $".c{i}{{fill:{s_colors[i]}}}");
        svg.Append("\n</style>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"paper\" x=\".5\" y=\".5\" width=\"{width - 1:0.#}\" height=\"{height - 1:0.#}\" rx=\"8\"/>\n");
        return svg;
    }

    /// <summary>Text at a place, as wide as its cells in any font; nothing if there is nothing to show.</summary>
    private static void Text(StringBuilder svg, string classes, double x, double y, string text)
    {
        string seen = text.TrimStart(' ');
        x += (text.Length - seen.Length) * Cell;
        seen = seen.TrimEnd(' ');
        if (seen.Length == 0)
            return;
        svg.Append("<text");
        if (classes.Length > 0)
            svg.Append(" class=\"").Append(classes).Append('"');
        svg.Append(CultureInfo.InvariantCulture, $" x=\"{x:0.#}\" y=\"{y:0.#}\"");
        int cells = TraceLayout.Cells(seen);
        if (cells > 1)
            svg.Append(CultureInfo.InvariantCulture, $" textLength=\"{cells * Cell:0.#}\"");
        if (!Ascii.IsValid(seen))
            svg.Append(" lengthAdjust=\"spacingAndGlyphs\"");
        svg.Append('>').Append(Escape(seen)).Append("</text>\n");
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private static int Color(int step, int steps) => Math.Min(s_colors.Length - 1, (step - 1) * s_colors.Length / Math.Max(steps, 1));

    /// <summary>The final text.</summary>
    private static string Title(DenoisingTrace trace, TraceLayout layout) =>
        string.Concat(trace.Replay().Where(id => id != trace.MaskToken).Select(layout.Shown)).Trim();
}
