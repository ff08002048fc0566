namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Tells the kinds of model at a path apart.</summary>
internal static class ModelPath
{
    /// <summary>Whether a path is that of a .zip: an existing one by its content, and a new one by its extension.</summary>
    public static bool IsZip(string path)
    {
        if (Directory.Exists(path))
            return false;
        if (!File.Exists(path))
            return path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        return stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual("PK"u8);
    }

    /// <summary>Whether a path is that of an ONNX file, by its extension.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path);

    /// <summary>Whether two paths are the same, links aside.</summary>
    public static bool IsSame(string first, string second) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(first)) ==
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(second));

    /// <summary>The number of bytes of a .zip, or of a directory's files.</summary>
    public static long Size(string path) => Directory.Exists(path)
        ? new DirectoryInfo(path).EnumerateFiles().Sum(file => ((FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file).Length)
        : new FileInfo(path).Length;

    /// <summary>Fails unless there is a directory or a .zip.</summary>
    /// <exception cref="ArgumentException">There is neither.</exception>
    public static void CheckExists(string path)
    {
        if (Directory.Exists(path) || File.Exists(path) && IsZip(path))
            return;
        throw new ArgumentException(File.Exists(path)
            ? $"'{path}' is not a .zip; expected a Hugging Face directory, or a .zip that was saved with ML.NET. " +
                "If it is a model's weights, give the path of its directory."
            : $"There is no '{path}'. Give the path of a model, or get one with: diffusion-ml get OWNER/NAME");
    }
}
