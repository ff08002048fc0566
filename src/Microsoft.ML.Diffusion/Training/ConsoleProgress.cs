using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Shows on the console how far a training has come, for <see cref="TrainerOptions.Progress"/>: in one line, which is written over, on a
/// terminal; else, as where the output goes to a file, in a line a report. Lines with a validation stay.
/// </summary>
/// <example>
/// <code>
/// var options = new BertTextClassificationEstimator.Options { Progress = new ConsoleProgress() };
/// </code>
/// </example>
public sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    private const int UsualWidth = 80; // of a terminal that does not say

    private readonly TextWriter _writer;
    private readonly Func<int>? _width;
    private int _shown;

    /// <summary>Shows it on the console's standard output.</summary>
    public ConsoleProgress() : this(Console.Out, Console.IsOutputRedirected ? null : static () => Console.WindowWidth)
    {
    }

    /// <summary>Shows it on a writer.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="width">The terminal's columns; null where it is none.</param>
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
        int room = (_width() is > 1 and int columns ? columns : UsualWidth) - 1; // a full line would wrap, and only its end be written over
        if (!stays && line.Length > room)
            line = line[..room];
        _writer.Write('\r' + line.PadRight(_shown));
        _shown = stays ? 0 : line.Length;
        if (stays)
            _writer.WriteLine();
        _writer.Flush();
    }
}
