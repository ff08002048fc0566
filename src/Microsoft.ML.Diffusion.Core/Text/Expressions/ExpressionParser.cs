using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>
/// Parses an expression in .NET's syntax: characters and sets, groups, alternatives, repeats. For uncertain parts (an escape, the end of a
/// set, the characters of a set) it queries .NET's own parser, so that both agree.
/// </summary>
internal sealed class ExpressionParser
{
    private static readonly Regex s_counts = new(@"\G\{([0-9]+)(,([0-9]*))?\}", RegexOptions.CultureInvariant);

    private readonly string _text;
    private readonly Dictionary<(string, RegexOptions), CharacterSet> _sets = [];
    private RegexOptions _options = RegexOptions.CultureInvariant;
    private int _position;

    private ExpressionParser(string text) => _text = text;

    /// <summary>Parses an expression.</summary>
    /// <exception cref="ArgumentException">It is not well-formed.</exception>
    /// <exception cref="NotSupportedException">It has a part that cannot be run in linear time, or is not supported.</exception>
    public static ExpressionNode Read(string text)
    {
        // Its errors are .NET's; the code below may rely on valid syntax.
        _ = new Regex(text, RegexOptions.CultureInvariant);
        return new ExpressionParser(text).ReadChoice();
    }

    private char? Next => _position < _text.Length ? _text[_position] : null;

    private ExpressionNode ReadChoice()
    {
        RegexOptions outer = _options;
        var options = new List<ExpressionNode> { ReadSequence() };
        while (Take('|'))
            options.Add(ReadSequence());
        _options = outer;
        return options.Count == 1 ? options[0] : new ExpressionNode.Choice(options);
    }

    private ExpressionNode.Sequence ReadSequence()
    {
        var parts = new List<ExpressionNode>();
        while (Next is not (null or '|' or ')'))
        {
            if (ReadPart() is ExpressionNode part)
                parts.Add(ReadRepeat(part));
        }
        return new ExpressionNode.Sequence(parts);
    }

    /// <summary>A group, a set or a character; null for options, which match nothing.</summary>
    private ExpressionNode? ReadPart()
    {
        switch (Next)
        {
            case '(':
                return ReadGroup();
            case '^' or '$':
                throw new NotSupportedException($"It has the anchor '{Next}'.");
            case '[':
                return ReadPiece(']');
            case '\\' when _text[_position + 1] is 'A' or 'b' or 'B' or 'G' or 'z' or 'Z':
                throw new NotSupportedException($"It has the anchor '{_text.AsSpan(_position, 2)}'.");
            case '\\' when _text[_position + 1] is (>= '0' and <= '9') or 'k':
                throw new NotSupportedException($"It has '{_text.AsSpan(_position, 2)}', a back-reference or an octal number.");
            case '\\':
                return ReadPiece(null);
            default:
                char c = _text[_position++];
                return new ExpressionNode.One(Set(c == '.' ? "." : Regex.Escape(c.ToString())));
        }
    }

    private ExpressionNode? ReadGroup()
    {
        int start = _position++;
        RegexOptions outer = _options;
        if (Take('?') && !Take(':'))
        {
            bool on = true;
            for (; Next is not (':' or ')'); _position++)
            {
                if (Next == '-')
                    on = false;
                else if (Next is 'i' or 's' or 'm' or 'n')
                    Set(Next == 'i' ? RegexOptions.IgnoreCase : Next == 's' ? RegexOptions.Singleline : RegexOptions.None, on);
                else
                    throw new NotSupportedException(
                        $"It has the group '{_text.AsSpan(start, Math.Min(4, _text.Length - start))}…', look-around or another kind that " +
                        "is not supported.");
            }
            // Options without a group apply to the end of the enclosing group.
            if (Take(')'))
                return null;
            _position++;
        }
        ExpressionNode group = ReadChoice();
        _position++;
        _options = outer;
        return group;
    }

    private void Set(RegexOptions option, bool on) => _options = on ? _options | option : _options & ~option;

    private ExpressionNode ReadRepeat(ExpressionNode part)
    {
        (int least, int most) = (0, 0);
        switch (Next)
        {
            case '*':
                (least, most) = (0, int.MaxValue);
                break;
            case '+':
                (least, most) = (1, int.MaxValue);
                break;
            case '?':
                (least, most) = (0, 1);
                break;
            case '{' when s_counts.Match(_text, _position) is { Success: true } counts:
                least = int.Parse(counts.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                most = !counts.Groups[2].Success ? least : counts.Groups[3].Length == 0 ? int.MaxValue
                    : int.Parse(counts.Groups[3].ValueSpan, CultureInfo.InvariantCulture);
                _position += counts.Length - 1;
                break;
            default:
                return part;
        }
        _position++;
        // The end of the match would depend on when a matcher leaves such a loop, which differs between matchers.
        if (part.IsNullable && most > 1)
            throw new NotSupportedException("It repeats a part that may match nothing.");
        return new ExpressionNode.Repeat(part, least, most, isLazy: Take('?'));
    }

    /// <summary>A set or an escape: the shortest prefix that is a complete expression.</summary>
    private ExpressionNode.One ReadPiece(char? last)
    {
        for (int length = 2; ; length++)
        {
            if (last is char closing && _text[_position + length - 1] != closing)
                continue;
            string piece = _text.Substring(_position, length);
            if (!IsExpression(piece))
                continue;
            _position += length;
            return new ExpressionNode.One(Set(piece));
        }
    }

    private static bool IsExpression(string piece)
    {
        try
        {
            _ = new Regex(piece, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private CharacterSet Set(string piece)
    {
        if (!_sets.TryGetValue((piece, _options), out CharacterSet? set))
            _sets.Add((piece, _options), set = new CharacterSet(piece, _options));
        return set;
    }

    private bool Take(char c)
    {
        if (Next != c)
            return false;
        _position++;
        return true;
    }
}
