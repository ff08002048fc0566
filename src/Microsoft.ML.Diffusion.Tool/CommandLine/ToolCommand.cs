using System.CommandLine;

namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>A command of <c>diffusion-ml</c>, with examples in its help.</summary>
internal abstract class ToolCommand : System.CommandLine.Command
{
    /// <summary>Creates a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">One or two sentences for its help.</param>
    /// <param name="examples">Command lines for its help, after the program's name.</param>
    protected ToolCommand(string name, string description, params string[] examples) : base(name, description) => Examples = examples;

    /// <summary>Command lines for the help, after the program's name.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Adds options in the order of the help.</summary>
    protected void Add(params Option[] options)
    {
        foreach (Option option in options)
            Options.Add(option);
    }

    /// <summary>
    /// Sets what the command does. It runs on another thread: the signals that end a process are heard once the action has returned its
    /// task.
    /// </summary>
    protected void Run(Func<ParseResult, CancellationToken, int> action) =>
        SetAction((result, cancellationToken) => Task.Run(() => action(result, cancellationToken), cancellationToken));

    /// <inheritdoc cref="Run(Func{ParseResult, CancellationToken, int})"/>
    protected void Run(Action<ParseResult, CancellationToken> action) => Run((result, cancellationToken) =>
    {
        action(result, cancellationToken);
        return ExitCodes.Success;
    });
}
