using System.Text;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>Texts of a file in messages: long ones are shortened, control characters replaced.</summary>
internal static class OnnxText
{
    private const int Longest = 120;

    public static string Shorten(string text)
    {
        var shortened = new StringBuilder();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Longest)))
            shortened.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        return shortened.Append(text.Length > Longest ? "…" : "").ToString();
    }

    public static string Shape(IEnumerable<int> dims) => $"[{string.Join(", ", dims)}]";
}
