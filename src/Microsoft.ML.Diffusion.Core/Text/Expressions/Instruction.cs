namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>A step of a program: takes a character of a set and goes on, or goes on to two places, or has matched.</summary>
/// <param name="Set">What is taken; null for the others.</param>
/// <param name="First">Where it goes on, or goes on by preference; below 0 for a match.</param>
/// <param name="Second">Where a fork goes on else; -1 for the others.</param>
internal readonly record struct Instruction(CharacterSet? Set, int First, int Second)
{
    /// <summary>The end of the expression.</summary>
    public static readonly Instruction Match = new(null, -1, -1);

    /// <summary>Whether it goes on to two places.</summary>
    public bool IsFork => Second >= 0;

    /// <summary>Takes a character.</summary>
    public static Instruction Take(CharacterSet set, int next) => new(set, next, -1);

    /// <summary>Goes on to two places.</summary>
    public static Instruction Fork(int first, int second) => new(null, first, second);
}
