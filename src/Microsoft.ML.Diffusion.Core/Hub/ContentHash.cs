using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>
/// Checks content against its name on the hub: for files of Git LFS the SHA-256 (64 digits), for others git's own SHA-1 (40 digits) of
/// the word blob, the length, a zero and the content. Other names say nothing about the content.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private const int Sha256Digits = 64, GitDigits = 40;
    private readonly IncrementalHash? _hash;
    private readonly string _tag;

    /// <param name="tag">The name.</param>
    /// <param name="length">The length of the content.</param>
    public ContentHash(string tag, long length)
    {
        _tag = tag;
        if (!CanCheck(tag))
            return;
#pragma warning disable CA5350 // SHA-1 is what git names its content by.
        _hash = IncrementalHash.CreateHash(tag.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (tag.Length == GitDigits)
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {length}\0")));
    }

    /// <summary>Whether a name is a hash.</summary>
    public static bool CanCheck(string tag) => tag.Length is Sha256Digits or GitDigits && HubNames.IsLowerHex(tag);

    public void Append(ReadOnlySpan<byte> content) => _hash?.AppendData(content);

    /// <summary>The hash of all that was appended if it differs from the name, or null.</summary>
    public string? FindDifference()
    {
        if (_hash is null)
            return null;
        string found = Convert.ToHexStringLower(_hash.GetHashAndReset());
        return found == _tag ? null : found;
    }

    public void Dispose() => _hash?.Dispose();
}
