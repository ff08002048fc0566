using System.Globalization;

namespace Microsoft.ML.Diffusion.Tool.Terminals;

/// <summary>Progress as lines, for an output that is not a terminal: one every ten seconds, so that short work writes none.</summary>
internal sealed class ProgressLines(string title, TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private long _last = clock.GetTimestamp();

    /// <summary>Reports the share done, from 0 to 1.</summary>
    public void Report(double share, string note) =>
        Report(string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %{(note.Length > 0 ? ", " : "")}{note}"));

    /// <summary>Reports what is done.</summary>
    public void Report(string note)
    {
        if (clock.GetElapsedTime(_last) < s_interval)
            return;
        _last = clock.GetTimestamp();
        output.WriteLine($"{title}: {note}");
    }
}
