using System.Text;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

internal sealed partial class WordPieceTokenizer
{
    /// <inheritdoc/>
    /// <remarks>
    /// Words are separated by a space, but see <see cref="WordPieceOptions.CleanUpOnDecode"/>; case, accents and the original whitespace
    /// are lost.
    /// </remarks>
    public override string Decode(ReadOnlySpan<int> ids) => Decode(ids, withSpecials: false);

    /// <inheritdoc/>
    public override string DecodeMarkup(ReadOnlySpan<int> ids) => Decode(ids, withSpecials: true);

    private string Decode(ReadOnlySpan<int> ids, bool withSpecials)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            CheckId(id);
            if (!withSpecials && IsSpecial(id))
                continue;
            ReadOnlySpan<byte> spelling = _vocabulary.Spelling(id);
            if (text.Length > 0)
            {
                if (_prefix.Length > 0 && spelling.StartsWith(_prefix))
                    spelling = spelling[_prefix.Length..];
                else
                    text.Append(' ');
            }
            text.Append(Encoding.UTF8.GetString(spelling));
        }
        return Options.CleanUpOnDecode ? CleanUp(text) : text.ToString();
    }

    // Like Hugging Face's clean_up_tokenization, in its order.
    private static string CleanUp(StringBuilder text) => text.Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",")
        .Replace(" ' ", "'").Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" 's", "'s").Replace(" 've", "'ve")
            .Replace(" 're", "'re").ToString();
}
