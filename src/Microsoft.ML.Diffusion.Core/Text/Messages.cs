using System.Text;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Parts of error messages.</summary>
internal static class Messages
{
    /// <summary>A text shortened to a number of characters, with control characters as '?'.</summary>
    public static string Shorten(string text, int length = 60) => Visible(text.Length > length ? text[..length] + "…" : text);

    /// <summary>The content of a file for a message: at most 60 bytes of it, with control characters as '?'.</summary>
    public static string Shorten(ReadOnlySpan<byte> utf8)
    {
        bool cut = utf8.Length > 60;
        string text = Encoding.UTF8.GetString(cut ? utf8[..60] : utf8);
        return Visible(cut ? text + "…" : text);
    }

    private static string Visible(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = char.IsControl(source[i]) ? '?' : source[i];
    });
}
