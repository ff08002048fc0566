namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>An instruction: match a character of a set and continue, fork, or report a match.</summary>
/// <param name="Set">The characters to match; null for other instructions.</param>
/// <param name="First">The next instruction, or the preferred one of a fork; below 0 for a match.</param>
/// <param name="Second">The other instruction of a fork; -1 for other instructions.</param>
internal readonly record struct Instruction(CharacterSet? Set, int First, int Second)
{
    /// <summary>The end of the expression.</summary>
    public static readonly Instruction Match = new(null, -1, -1);

    /// <summary>Whether it is a fork.</summary>
    public bool IsFork => Second >= 0;

    /// <summary>Matches a character.</summary>
    public static Instruction Take(CharacterSet set, int next) => new(set, next, -1);

    /// <summary>Continues at two instructions.</summary>
    public static Instruction Fork(int first, int second) => new(null, first, second);
}
