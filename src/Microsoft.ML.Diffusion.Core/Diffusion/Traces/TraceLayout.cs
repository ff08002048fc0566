using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Traces;

/// <summary>
/// Where each position of a trace stands in a picture: a slot of character cells, wide enough for every token that it ever holds, so that
/// nothing moves from step to step. Lines break before words.
/// </summary>
internal sealed class TraceLayout
{
    /// <summary>The most cells in a line.</summary>
    public const int Columns = 84;

    private readonly DenoisingTrace _trace;
    private readonly (int Line, int Column, int Width, int Lead)[] _slots;

    public TraceLayout(DenoisingTrace trace)
    {
        _trace = trace;
        int[] last = trace.Replay(), widths = new int[last.Length];
        for (int i = 0; i < last.Length; i++)
            widths[i] = Cells(Shown(trace.Start[i]));
        foreach (TraceChange change in trace.Steps.SelectMany(step => step.Changes))
            widths[change.Position] = Math.Max(widths[change.Position], Cells(Shown(change.Token)));
        _slots = new (int, int, int, int)[last.Length];
        int line = 0, column = 0;
        for (int start = 0, end; start < last.Length; start = end)
        {
            int width = widths[start];
            for (end = start + 1; end < last.Length && !Shown(last[end]).StartsWith(' '); end++)
                width += widths[end];
            if (column > 0 && column + width > Columns)
                (line, column) = (line + 1, 0);
            for (int i = start; i < end; i++)
            {
                if (column > 0 && column + widths[i] > Columns)
                    (line, column) = (line + 1, 0);
                _slots[i] = (line, column, widths[i], last[i] == trace.MaskToken ? 0 : Lead(Shown(last[i]), widths[i]));
                column += widths[i];
            }
        }
        Lines = line + 1;
        Width = Math.Max(24, _slots.Select(slot => slot.Column + slot.Width).DefaultIfEmpty().Max());
    }

    /// <summary>The number of lines.</summary>
    public int Lines { get; }

    /// <summary>The number of cells in the widest line, at least the width of the legend.</summary>
    public int Width { get; }

    /// <summary>
    /// The slot of a position, of width 0 if nothing is ever shown there; Lead is the number of its cells for the space before the last
    /// token.
    /// </summary>
    public (int Line, int Column, int Width, int Lead) this[int position] => _slots[position];

    /// <summary>The cells of a slot that a token, or a mask, takes, without the space before it.</summary>
    public (int Line, int Column, int Width) Place(int position, int token)
    {
        (int line, int column, int width, int lead) = _slots[position];
        if (token == _trace.MaskToken)
            return (line, column + lead, width - lead);
        string shown = Shown(token);
        lead = Lead(shown, width);
        return (line, column + lead, Cells(shown) - lead);
    }

    /// <summary>
    /// The text shown for a token, without characters that XML cannot hold or a picture cannot show. A mask is drawn and has one cell.
    /// </summary>
    public string Shown(int token)
    {
        if (token == _trace.MaskToken)
            return " ";
        var shown = new StringBuilder();
        foreach (Rune rune in _trace.TokenTexts[token].EnumerateRunes()) // lone surrogates become U+FFFD
        {
            shown.Append(rune.Value switch
            {
                '\n' or '\r' => "↵ ",
                '\t' => "⇥",
                < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => "\uFFFD",
                _ => rune.ToString(),
            });
        }
        return shown.ToString();
    }

    /// <summary>The number of spaces at the start, but never all of a slot.</summary>
    private static int Lead(string shown, int width) => Math.Clamp(shown.Length - shown.TrimStart(' ').Length, 0, Math.Max(width - 1, 0));

    /// <summary>
    /// The number of cells that a text takes in a fixed-pitch font: two for East Asian characters and emoji, none for combining characters.
    /// </summary>
    public static int Cells(string text)
    {
        int cells = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            cells += Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
                _ => rune.Value is (>= 0x1100 and < 0x1160) or (>= 0x2E80 and < 0xA4D0) or (>= 0xAC00 and < 0xD7A4)
                    or (>= 0xF900 and < 0xFB00) or (>= 0xFE30 and < 0xFE70)
                    or (>= 0xFF00 and < 0xFF61) or (>= 0x1F300 and < 0x1FB00) or (>= 0x20000 and < 0x40000) ? 2 : 1,
            };
        }
        return cells;
    }
}
