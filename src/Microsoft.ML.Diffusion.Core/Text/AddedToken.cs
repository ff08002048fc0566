using System.Text;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>A token that is matched in text as a whole, before any other step: a special one only on request, others always.</summary>
/// <param name="Id">The id.</param>
/// <param name="Content">The characters.</param>
/// <param name="IsSpecial">Whether it represents no text.</param>
/// <param name="TakesLeft">Whether it includes the whitespace before it (Hugging Face: <c>lstrip</c>).</param>
/// <param name="TakesRight">Whether it includes the whitespace after it (<c>rstrip</c>).</param>
/// <param name="SingleWord">Whether it is matched only between characters that belong to no word (<c>single_word</c>).</param>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial, bool TakesLeft = false, bool TakesRight = false,
    bool SingleWord = false)
{
    /// <summary>The characters, UTF-8.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Content);
}
