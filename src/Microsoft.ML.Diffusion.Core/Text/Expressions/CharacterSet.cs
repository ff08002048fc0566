using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>The UTF-16 characters that a piece of an expression such as <c>[^\s\p{L}]</c> matches in .NET, one bit each.</summary>
internal sealed class CharacterSet
{
    private static readonly string s_all = string.Create(char.MaxValue + 1, 0, static (all, _) =>
    {
        for (int i = 0; i < all.Length; i++)
            all[i] = (char)i;
    });

    private readonly ulong[] _bits = new ulong[s_all.Length / 64];

    /// <summary>Makes the set of a piece that matches one character.</summary>
    public CharacterSet(string piece, RegexOptions options)
    {
        foreach (ValueMatch run in new Regex(piece + '+', options).EnumerateMatches(s_all))
        {
            for (int c = run.Index; c < run.Index + run.Length; c++)
                _bits[c >> 6] |= 1UL << c;
        }
    }

    /// <summary>Whether it contains a character.</summary>
    public bool Contains(char c) => (_bits[c >> 6] >> c & 1) != 0;
}
