using System.Text;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>A run of the program in this process, with all that it wrote.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>The lines of the output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Runs a command.</summary>
    public static CommandRun Of(params string[] args) => Of(input: null, CancellationToken.None, args);

    /// <summary>Runs a command with bytes on its standard input.</summary>
    public static CommandRun WithInput(byte[] input, params string[] args) => Of(input, CancellationToken.None, args);

    /// <summary>Runs a command that must succeed.</summary>
    public static CommandRun Succeed(params string[] args)
    {
        CommandRun run = Of(args);
        Assert.AreEqual(0, run.Code, $"{string.Join(' ', args)}: {run.Error}");
        return run;
    }

    /// <summary>Runs a command that must fail with one line that contains some texts.</summary>
    public static CommandRun Fail(string[] args, params string[] expected)
    {
        CommandRun run = Of(args);
        Assert.AreEqual(1, run.Code, $"{string.Join(' ', args)}: {run.Output}{run.Error}");
        StringAssert.StartsWith(run.Error.Split('\n').Last(line => line.Length > 0), "error: ");
        foreach (string text in expected)
            StringAssert.Contains(run.Error, text);
        return run;
    }

    /// <summary>Runs a command whose arguments must be refused with one line that contains some texts.</summary>
    public static void Misuse(string[] args, params string[] expected)
    {
        CommandRun run = Of(args);
        Assert.AreEqual(2, run.Code, $"{string.Join(' ', args)}: {run.Error}");
        Assert.AreEqual("", run.Output);
        Assert.HasCount(1, run.Error.TrimEnd().Split('\n'));
        foreach (string text in expected)
            StringAssert.Contains(run.Error, text);
    }

    public static CommandRun Of(byte[]? input, CancellationToken cancellationToken, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(input is null ? null : () => new MemoryStream(input), output, error);
        int code = ToolProgram.RunAsync(args, terminal, cancellationToken).GetAwaiter().GetResult();
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Splits a command line, whose arguments may be in double quotes.</summary>
    public static string[] Split(string line)
    {
        var args = new List<string>();
        var arg = new StringBuilder();
        bool quoted = false;
        foreach (char character in line + " ")
        {
            if (character == '"')
            {
                quoted = !quoted;
            }
            else if (character == ' ' && !quoted)
            {
                if (arg.Length > 0)
                    args.Add(arg.ToString());
                arg.Clear();
            }
            else
            {
                arg.Append(character);
            }
        }
        return [.. args];
    }
}
