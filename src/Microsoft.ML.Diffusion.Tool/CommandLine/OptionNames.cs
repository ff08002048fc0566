using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>The library's messages name its properties; this program's user knows the options.</summary>
internal static partial class OptionNames
{
    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["BatchSize"] = "--batch",
        ["BatchTokens"] = "--batch",
        ["CheckpointDirectory"] = "--checkpoint",
        ["EncoderModel.Download"] = "diffusion-ml get",
        ["Epochs"] = "--epochs",
        ["LearningRate"] = "--rate",
        ["MaxLength"] = "--max-length",
        ["MaxNewTokens"] = "--tokens",
        ["TopK"] = "--top",
        ["TopP"] = "--top-p",
        ["ValidationFraction"] = "--validation-share",
        ["ValidationSet"] = "--validation",
    };

    /// <summary>A message with the options' names in place of the properties'.</summary>
    public static string Translate(string message) =>
        Properties().Replace(message, match => s_names.GetValueOrDefault(match.Value, match.Value));

    [GeneratedRegex(@"\b(EncoderModel\.Download|[A-Z]\w*)\b")]
    private static partial Regex Properties();
}
