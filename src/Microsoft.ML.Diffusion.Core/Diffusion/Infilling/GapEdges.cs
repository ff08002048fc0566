namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>What a masked position of a gap stands next to, where that restricts what may be written there.</summary>
[Flags]
internal enum GapEdges
{
    /// <summary>Nothing that restricts.</summary>
    None = 0,

    /// <summary>The start of the text, or after a mark that opens: neither the continuation of a word nor white characters alone.</summary>
    AtStart = 1,

    /// <summary>After a blank of the template that the token itself must spell: the start of a word.</summary>
    AfterBlank = 2,

    /// <summary>After a white character that the template's own tokens spell: no further one.</summary>
    AfterSpace = 4,

    /// <summary>After a required word: not its continuation.</summary>
    AfterWord = 8,

    /// <summary>Before a white character: no further one.</summary>
    BeforeSpace = 16,
}
