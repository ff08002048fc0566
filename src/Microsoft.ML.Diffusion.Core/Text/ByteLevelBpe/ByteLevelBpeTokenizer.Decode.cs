using System.Buffers;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

internal sealed partial class ByteLevelBpeTokenizer
{
    /// <inheritdoc/>
    /// <remarks>Bytes that are not valid UTF-8, such as those of an incomplete character, are decoded as U+FFFD.</remarks>
    public override string Decode(ReadOnlySpan<int> ids) => Decode(ids, withSpecials: false);

    /// <inheritdoc/>
    public override string DecodeMarkup(ReadOnlySpan<int> ids) => Decode(ids, withSpecials: true);

    private string Decode(ReadOnlySpan<int> ids, bool withSpecials)
    {
        int capacity = 0;
        foreach (int id in ids)
            capacity = checked(capacity + _vocabulary.Spelling(CheckId(id)).Length);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(capacity);
        int count = 0;
        foreach (int id in ids)
        {
            if (!withSpecials && IsSpecial(id))
                continue;
            ReadOnlySpan<byte> spelling = _vocabulary.Spelling(id);
            int written = _added.Contains(id) ? -1 : ByteAlphabet.ToBytes(spelling, bytes.AsSpan(count));
            if (written < 0)
            {
                // An added token is its own spelling.
                spelling.CopyTo(bytes.AsSpan(count));
                written = spelling.Length;
            }
            count += written;
        }
        string text = Encoding.UTF8.GetString(bytes, 0, count);
        ArrayPool<byte>.Shared.Return(bytes);
        return text;
    }
}
