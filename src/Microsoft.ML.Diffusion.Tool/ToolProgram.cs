using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Commands;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool;

/// <summary>The program <c>diffusion-ml</c>: its commands, errors and exit codes.</summary>
internal static class ToolProgram
{
    /// <summary>The time in which a command may complete a step and write a snapshot when the process is asked to end.</summary>
    private static readonly TimeSpan s_terminationTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The program with all its commands.</summary>
    public static RootCommand CreateRoot(Terminal terminal)
    {
        var root = new RootCommand("Text models for .NET: gets, inspects, converts, trains and applies them. The CPU is enough.");
        foreach (ToolCommand command in (ToolCommand[])
        [
            new WriteCommand(terminal),
            new FillCommand(terminal),
            new ClassifyCommand(terminal),
            new AnswerCommand(terminal),
            new EntitiesCommand(terminal),
            new TrainCommand(terminal),
            new EvaluateCommand(terminal),
            new GetCommand(terminal),
            new InspectCommand(terminal),
            new ConvertCommand(terminal),
            new VocabularyCommand(terminal),
            new PretrainCommand(terminal),
        ])
            root.Subcommands.Add(command);
        ExamplesInHelp.AddTo(root);
        return root;
    }

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = s_terminationTimeout,
            Output = terminal.Output,
            Error = terminal.Error,
        };
        try
        {
            ParseResult result = CreateRoot(terminal).Parse(args);
            return result.Action is ParseErrorAction
                ? await RefuseAsync(result, terminal) : await result.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception exception) when (ErrorText.Unwrap(exception) is OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("Canceled.");
            return ExitCodes.Canceled;
        }
        catch (UsageException exception)
        {
            await terminal.Error.WriteLineAsync($"error: {exception.Message}");
            return ExitCodes.WrongUsage;
        }
        catch (IOException) when (terminal.IsOutputClosed)
        {
            return ExitCodes.Success; // the reader of the pipe has all that it wants
        }
        catch (Exception exception) when (exception is not (NullReferenceException or IndexOutOfRangeException or InvalidCastException))
        {
            // Errors of the program itself keep their stack trace.
            await terminal.Error.WriteLineAsync($"error: {OptionNames.Translate(ErrorText.Of(exception))}");
            return ExitCodes.Failure;
        }
        finally
        {
            _ = terminal.IsOutputClosed; // which writes what is left, for help too
        }
    }

    /// <summary>One line, in place of the whole help, which would hide it.</summary>
    private static async Task<int> RefuseAsync(ParseResult result, Terminal terminal)
    {
        string path = result.CommandResult.Command is RootCommand ? "" : $"{PathOf(result.CommandResult)} ";
        string message = result.UnmatchedTokens is [string unknown, ..]
            ? $"'{unknown}' is not known here." : result.Errors[0].Message;
        await terminal.Error.WriteLineAsync($"error: {message} See diffusion-ml {path}--help.");
        return ExitCodes.WrongUsage;
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult { Command: not RootCommand } parent
            ? $"{PathOf(parent)} {command.Command.Name}" : command.Command.Name;
}
