using System.Text;
using Spectre.Console;

namespace Microsoft.ML.Diffusion.Tool.Terminals;

/// <summary>Where a command reads and writes: results go to the output, and progress, warnings and errors to the error output.</summary>
internal sealed class Terminal
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private readonly IAnsiConsole? _errorConsole;
    private PipeStream? _pipe;

    /// <summary>Creates a terminal.</summary>
    /// <param name="input">Opens the standard input; null if it is a keyboard, which no command reads.</param>
    /// <param name="output">The output.</param>
    /// <param name="error">The error output.</param>
    /// <param name="errorConsole">The error output as a terminal that can draw; null if it is a file or a pipe.</param>
    public Terminal(Func<Stream>? input, TextWriter output, TextWriter error, IAnsiConsole? errorConsole = null) =>
        (OpenInput, Output, Error, _errorConsole) = (input, output, error, errorConsole);

    /// <summary>Opens the standard input; null if it is a keyboard.</summary>
    public Func<Stream>? OpenInput { get; }

    /// <summary>The output.</summary>
    public TextWriter Output { get; }

    /// <summary>The error output.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether a person reads the output as it comes.</summary>
    public bool IsOutputTerminal { get; private init; }

    /// <summary>Whether the reader of the output has closed it, as head does.</summary>
    public bool IsOutputClosed
    {
        get
        {
            try
            {
                Output.Flush();
                return _pipe is { IsClosed: true };
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <summary>The terminal of this process, in UTF-8.</summary>
    public static Terminal OfTheProcess()
    {
        // Without this, a console on Windows shows ‘’ and £ as question marks.
        Console.OutputEncoding = s_utf8;
        PipeStream? pipe = PipeStream.TryOpen();
        Stream output = pipe ?? Console.OpenStandardOutput();
        return new Terminal(
            Console.IsInputRedirected ? Console.OpenStandardInput : null,
            new StreamWriter(output, s_utf8) { AutoFlush = !Console.IsOutputRedirected },
            Console.Error,
            Console.IsErrorRedirected ? null : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }))
        {
            IsOutputTerminal = !Console.IsOutputRedirected,
            _pipe = pipe,
        };
    }

    /// <summary>Writes a warning.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {message}");

    /// <summary>
    /// Does work whose progress is shown: as a bar on a terminal, otherwise as a line every ten seconds.
    /// </summary>
    /// <param name="title">The work.</param>
    /// <param name="work">Does it, and reports the share done, from 0 to 1, with a note.</param>
    public TResult Show<TResult>(string title, Func<Action<double, string>, TResult> work)
    {
        if (_errorConsole is null || !_errorConsole.Profile.Capabilities.Ansi)
            return work(new ProgressLines(title, Error, TimeProvider.System).Report);
        return _errorConsole.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work((share, note) =>
                {
                    task.Value = share;
                    task.Description = Markup.Escape(note.Length > 0 ? $"{title}: {note}" : title);
                });
            });
    }
}
