using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>
/// Text that the Penn treebank's tokeniser has taken apart, put together as people write it, which is what models are pretrained on:
/// "do n't , he 's" becomes "don't, he's".
/// </summary>
internal static partial class TreebankText
{
    /// <summary>Puts a text together.</summary>
    public static string Join(string text)
    {
        text = text.Replace("-lrb-", "(", StringComparison.Ordinal).Replace("-rrb-", ")", StringComparison.Ordinal)
            .Replace("``", "\"", StringComparison.Ordinal).Replace("''", "\"", StringComparison.Ordinal).Replace("\\/", "/", StringComparison.Ordinal);
        text = Endings().Replace(text, "$1");
        return Openings().Replace(Closings().Replace(text, "$1"), "(").Replace(" - ", "-", StringComparison.Ordinal);
    }

    [GeneratedRegex(@" (n't|'(?:s|re|ve|m|ll|d|t))\b")]
    private static partial Regex Endings();

    [GeneratedRegex(@" ([.,!?;:)]|\.\.\.)")]
    private static partial Regex Closings();

    [GeneratedRegex(@"\( ")]
    private static partial Regex Openings();
}
