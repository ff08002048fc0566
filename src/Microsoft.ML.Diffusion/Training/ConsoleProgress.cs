using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Shows a training's progress on the console, for <see cref="TrainerOptions.Progress"/>. On a terminal it is one line that is overwritten;
/// otherwise, such as when the output goes to a file, each report is a line. Lines with a validation remain.
/// </summary>
/// <example>
/// <code>
/// var options = new BertTextClassificationEstimator.Options { Progress = new ConsoleProgress() };
/// </code>
/// </example>
public sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    private const int UsualWidth = 80; // of a terminal of unknown width

    private readonly TextWriter _writer;
    private readonly Func<int>? _width;
    private int _shown;

    /// <summary>Shows the progress on the console's standard output.</summary>
    public ConsoleProgress() : this(Console.Out, Console.IsOutputRedirected ? null : static () => Console.WindowWidth)
    {
    }

    /// <summary>Shows the progress on a writer.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="width">Returns the terminal's width in columns; null if the writer is not a terminal.</param>
    internal ConsoleProgress(TextWriter writer, Func<int>? width) => (_writer, _width) = (writer, width);

    /// <summary>Shows a report.</summary>
    public void Report(TrainingProgress value)
    {
        string line = value.ToString();
        if (_width is null)
        {
            _writer.WriteLine(line);
            return;
        }
        bool stays = value.Validation is not null || value.Step == value.Steps;
        // a full line would wrap, and only its last part would be overwritten
        int room = (_width() is > 1 and int columns ? columns : UsualWidth) - 1;
        if (!stays && line.Length > room)
            line = line[..room];
        _writer.Write('\r' + line.PadRight(_shown));
        _shown = stays ? 0 : line.Length;
        if (stays)
            _writer.WriteLine();
        _writer.Flush();
    }
}
