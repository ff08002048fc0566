using System.Text;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>Parts of error messages. Names from damaged files are truncated and their control characters replaced.</summary>
internal static class Messages
{
    public const string Again = "The file is damaged or truncated: download or copy it again.";

    private const int MaximumQuoted = 160;

    public static string Shape(ReadOnlySpan<long> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < shape.Length; i++)
            text.Append(i == 0 ? "" : ", ").Append(shape[i]);
        return text.Append(']').ToString();
    }

    public static string Quote(ReadOnlySpan<char> name) => $"'{Shorten(name)}'";

    public static string Shorten(ReadOnlySpan<char> name)
    {
        var text = new StringBuilder();
        foreach (char c in name.Length > MaximumQuoted ? name[..MaximumQuoted] : name)
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c);
        return text.Append(name.Length > MaximumQuoted ? "…" : "").ToString();
    }

    public static string Quote(ReadOnlySpan<byte> utf8) =>
        Quote(Encoding.UTF8.GetString(utf8.Length > 4 * MaximumQuoted ? utf8[..(4 * MaximumQuoted)] : utf8).AsSpan());

    /// <summary>The most likely kind of a file that is not a checkpoint, or null.</summary>
    public static string? Impostor(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return "It is a Git LFS pointer, not the file itself: run 'git lfs pull' in the directory, or download the file.";
        if (start.StartsWith("<!DOCTYPE"u8) || start.StartsWith("<html"u8) || start.StartsWith("<HTML"u8))
            return "It is a web page, not the file itself: download it again by its direct link.";
        if (start.StartsWith("PK\x03\x04"u8) || start.StartsWith("\x80\x02"u8))
            return $"It looks like a PyTorch file: if torch.save wrote it, name it {ModelFiles.TorchWeightsName}, which is read; or copy " +
                "the right file.";
        return null;
    }
}
