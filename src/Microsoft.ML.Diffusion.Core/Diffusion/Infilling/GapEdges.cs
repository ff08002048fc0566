namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>What a masked position of a gap stands next to, where that restricts the tokens that may be written there.</summary>
[Flags]
internal enum GapEdges
{
    /// <summary>No restriction.</summary>
    None = 0,

    /// <summary>At the start of the text, or after an opening mark: neither a continuation of a word nor whitespace alone.</summary>
    AtStart = 1,

    /// <summary>After a space of the template that the token itself must contain: the start of a word.</summary>
    AtWordStart = 2,

    /// <summary>After whitespace in the template's own tokens: no further whitespace.</summary>
    AfterSpace = 4,

    /// <summary>After a required word: no continuation of it.</summary>
    AfterWord = 8,

    /// <summary>Before whitespace: no further whitespace.</summary>
    BeforeSpace = 16,
}
