namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A gap of a <see cref="TextTemplate"/>: how many tokens may be written into it.</summary>
internal readonly record struct TextGap
{
    /// <summary>A gap of any length from <paramref name="shortest"/> to <paramref name="longest"/> tokens.</summary>
    /// <param name="shortest">The least number of tokens, 1 or more.</param>
    /// <param name="longest">The greatest number of tokens, <paramref name="shortest"/> or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or <paramref name="longest"/> is below
    /// <paramref name="shortest"/>.</exception>
    public TextGap(int shortest, int longest)
    {
        if (shortest < 1)
            throw new ArgumentOutOfRangeException(nameof(shortest), shortest,
                "A gap has at least 1 token. Leave the gap out where nothing is to be written.");
        if (longest < shortest)
            throw new ArgumentOutOfRangeException(nameof(longest), longest,
                $"The longest length must be at least the shortest, {shortest}.");
        (Shortest, Longest) = (shortest, longest);
    }

    /// <summary>A gap of exactly <paramref name="length"/> tokens, 1 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public TextGap(int length) : this(length, length)
    {
    }

    /// <summary>The gap whose lengths are those of the <see cref="InfillingSettings"/>: <c>{}</c>.</summary>
    public static TextGap Default => default;

    /// <summary>The least number of tokens; 0 for <see cref="Default"/>.</summary>
    public int Shortest { get; }

    /// <summary>The greatest number of tokens; 0 for <see cref="Default"/>.</summary>
    public int Longest { get; }

    /// <summary>As written in a template: <c>{5}</c>, <c>{3..8}</c>, or <c>{}</c>.</summary>
    public override string ToString() => this == Default ? "{}" : Shortest == Longest ? $"{{{Shortest}}}" : $"{{{Shortest}..{Longest}}}";
}
