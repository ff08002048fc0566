using System.Diagnostics;
using Microsoft.ML.Diffusion.Training;
using Spectre.Console;
using Tour.Parts;

namespace Tour;

/// <summary>Shows the parts of the tour: in color and with progress on a terminal, as plain lines elsewhere.</summary>
internal sealed class Screen
{
    private const int BarWidth = 24;
    private const string Indent = "  ";
    private static readonly Style s_heading = new(decoration: Decoration.Bold), s_result = new(Color.Yellow), s_seconds = new(Color.Grey);
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Whether the output is a terminal, on which pictures can be drawn over each other.</summary>
    public bool IsTerminal { get; } = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>Runs a part below its title, and then shows the seconds that it took.</summary>
    public void Show(ITourPart part)
    {
        Write(part.Title, s_heading, indent: "");
        long start = Stopwatch.GetTimestamp();
        string summary = part.Run(this);
        Write($"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s: {summary}", s_seconds);
        Console.WriteLine();
    }

    /// <summary>Shows the last lines, below a title with the seconds of the whole tour.</summary>
    public void Finish(string title, params ReadOnlySpan<string> lines)
    {
        Write($"{title} (all this took {Stopwatch.GetElapsedTime(_start).TotalSeconds:F0} s)", s_heading, indent: "");
        foreach (string line in lines)
            Line(line);
    }

    /// <summary>Shows a line that is given to a model.</summary>
    public void Line(string text) => Write(text, Style.Plain);

    /// <summary>Shows a line that a model wrote.</summary>
    public void Result(string text) => Write(text, s_result);

    /// <summary>Shows a probability as a bar.</summary>
    /// <param name="label">Its name; give those of several bars the same length.</param>
    /// <param name="probability">The probability, 0 to 1.</param>
    public void Bar(string label, double probability)
    {
        string bar = new('█', (int)Math.Round(BarWidth * probability));
        Result($"{label} {probability,7:P1} {bar}".TrimEnd());
    }

    /// <summary>Works; on a terminal the progress is shown meanwhile.</summary>
    /// <param name="work">The work, which may report the progress of a training.</param>
    public T Wait<T>(Func<IProgress<TrainingProgress>?, T> work) => IsTerminal
        ? AnsiConsole.Status().Start("starting", context => work(new TrainingLine(context)))
        : work(null);

    private void Write(string text, Style style, string indent = Indent)
    {
        if (IsTerminal)
            AnsiConsole.Write(new Padder(new Text(text, style), new Padding(indent.Length, 0, 0, 0)));
        else
            Console.WriteLine(indent + text);
    }

    private sealed class TrainingLine(StatusContext context) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) =>
            context.Status($"training: step {value.Step} of {value.Steps}, loss {value.Loss:F3}, {value.TokensPerSecond:F0} tokens/s");
    }
}
