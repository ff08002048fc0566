using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Finds out before long work whether its result can be written.</summary>
internal static class OutputPath
{
    /// <summary>Whether a new model is a .zip.</summary>
    public static bool IsZip(string path) => path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a new model is a file, and not a directory.</summary>
    private static bool IsFile(string path) => IsZip(path) || ModelPath.IsOnnx(path);

    /// <summary>Fails unless a model can be written to a path.</summary>
    /// <param name="path">A .zip or .onnx by its extension, otherwise a directory.</param>
    /// <param name="bytes">About the size of the model.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Check(string path, long bytes)
    {
        if (IsFile(path) && Directory.Exists(path))
            throw new InputException($"'{path}' is a directory; expected a file, or an unused name. Choose another name.");
        if (!IsFile(path))
            CheckDirectory(path);
        string folder = Path.GetFullPath(IsFile(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);
        while (!Directory.Exists(folder) && !File.Exists(folder) && Path.GetDirectoryName(folder) is string above)
            folder = above;
        if (File.Exists(folder))
            throw new InputException($"'{path}' is below '{folder}', which is a file; expected a directory. Choose another path.");
        Probe(path, folder);
        if (FreeSpace.Of(folder) is long free && free < bytes)
        {
            throw new InputException(
                $"The disk of '{path}' has {TextForms.Bytes(free)} free; expected {TextForms.Bytes(bytes)} for the model. Free some " +
                "space, or choose a path on another disk.");
        }
    }

    private static void CheckDirectory(string path)
    {
        if (File.Exists(path))
            throw new InputException($"'{path}' is a file; expected a .zip, an .onnx, or a directory for the model. Choose another name.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() &&
            !File.Exists(Path.Combine(path, ModelFiles.ConfigurationName)))
        {
            throw new InputException(
                $"The directory '{path}' has files and no model; expected a new or empty directory, or one with a model to replace. " +
                "Choose another name, or a .zip.");
        }
    }

    private static void Probe(string path, string folder)
    {
        string probe = Path.Combine(folder, $".diffusion-ml-{Guid.NewGuid():N}");
        try
        {
            File.Create(probe, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"'{path}' cannot be written: {exception.Message} Choose a path in a directory that you may write to.", exception);
        }
    }
}
