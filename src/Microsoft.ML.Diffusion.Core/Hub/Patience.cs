namespace Microsoft.ML.Diffusion.Hub;

/// <summary>How long a server may take, and how often a request is repeated.</summary>
internal sealed record Patience
{
    /// <summary>How often a request is made in all if none brings anything new.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>The pause before the second try; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that a server may ask for.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Waits.</summary>
    public Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>The pause after a failed try, counted from 1.</summary>
    public TimeSpan PauseAfter(int tries) => FirstPause * Math.Pow(2, tries - 1);
}
