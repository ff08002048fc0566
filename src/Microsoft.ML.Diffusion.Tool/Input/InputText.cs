using System.Text;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>
/// The text of a file: UTF-8, or UTF-16 and UTF-32 with a byte order mark. Other bytes are an error that names the line, as replaced
/// characters would spoil a model without a word.
/// </summary>
internal sealed class InputText : TextReader
{
    private readonly StreamReader _reader;
    private int _line = 1;

    public InputText(Stream stream, string name)
    {
        Name = name;
        _reader = new StreamReader(
            stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
            detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);
    }

    /// <summary>The name in errors.</summary>
    public string Name { get; }

    public override int Peek() => Guard(_reader.Peek);

    public override int Read()
    {
        int read = Guard(_reader.Read);
        Check(read is 0 ? [(char)0] : read == '\n' ? ['\n'] : []);
        return read;
    }

    public override int Read(Span<char> buffer)
    {
        int count;
        try
        {
            count = _reader.Read(buffer);
        }
        catch (DecoderFallbackException exception)
        {
            throw WrongEncoding(exception);
        }
        Check(buffer[..count]);
        return count;
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override string? ReadLine()
    {
        string? line = Guard(_reader.ReadLine);
        if (line is not null)
        {
            Check(line);
            _line++;
        }
        return line;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _reader.Dispose();
        base.Dispose(disposing);
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException exception)
        {
            throw WrongEncoding(exception);
        }
    }

    private void Check(ReadOnlySpan<char> text)
    {
        int zero = text.IndexOf('\0');
        _line += (zero >= 0 ? text[..zero] : text).Count('\n');
        if (zero >= 0)
        {
            throw new InputException(
                $"'{Name}' has a zero character in or near line {_line}; expected text. If it is UTF-16 without a byte order mark, " +
                "save it as UTF-8.");
        }
    }

    private InputException WrongEncoding(Exception exception) => new(
        $"'{Name}' is not UTF-8: a byte after line {_line} is not part of it. Save the file as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 " +
        "converts a file of older Windows programs).",
        exception);
}
