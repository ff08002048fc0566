using System.Text;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>A token that is found in text as a whole, before anything else: a special one only where it is asked for, others always.</summary>
/// <param name="Id">The id.</param>
/// <param name="Content">The characters.</param>
/// <param name="IsSpecial">Whether it stands for no text.</param>
/// <param name="TakesLeft">Whether it takes the whitespace before it (Hugging Face: <c>lstrip</c>).</param>
/// <param name="TakesRight">Whether it takes the whitespace after it (<c>rstrip</c>).</param>
/// <param name="SingleWord">Whether it is found only between characters that belong to no word (<c>single_word</c>).</param>
/// <param name="IsNormalized">Whether its characters, normalized, are looked for in the normalized text (<c>normalized</c>).</param>
/// <param name="Source">The file that names it, for messages.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial,
    bool TakesLeft = false,
    bool TakesRight = false,
    bool SingleWord = false,
    bool IsNormalized = false,
    string Source = "")
{
    /// <summary>The characters, UTF-8.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Content);
}
