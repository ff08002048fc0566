namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>The exit codes of the program.</summary>
internal static class ExitCodes
{
    /// <summary>All is done.</summary>
    public const int Success = 0;

    /// <summary>An error, which is one line on the error output.</summary>
    public const int Failure = 1;

    /// <summary>Wrong arguments.</summary>
    public const int WrongUsage = 2;

    /// <summary>The user or the system ended the program, as shells number it.</summary>
    public const int Canceled = 130;
}
