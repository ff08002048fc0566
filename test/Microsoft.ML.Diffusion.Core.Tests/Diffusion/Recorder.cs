namespace Microsoft.ML.Diffusion.Tests;

internal sealed class Recorder : IDenoisingObserver
{
    public List<(int Row, int Step, int[] Tokens)> Steps { get; } = [];

    public Action? OnEach { get; init; }

    public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
    {
        Steps.Add((row, completedSteps, tokens.ToArray()));
        OnEach?.Invoke();
    }
}
