using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>
/// Joins text that the Penn treebank's tokenizer has split into ordinary text, on which models are pretrained: "do n't , he 's" becomes
/// "don't, he's".
/// </summary>
internal static partial class TreebankText
{
    /// <summary>Joins a text.</summary>
    public static string Join(string text)
    {
        text = text.Replace("-lrb-", "(", StringComparison.Ordinal).Replace("-rrb-", ")", StringComparison.Ordinal)
            .Replace("``", "\"", StringComparison.Ordinal).Replace("''", "\"", StringComparison.Ordinal)
                .Replace("\\/", "/", StringComparison.Ordinal);
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
