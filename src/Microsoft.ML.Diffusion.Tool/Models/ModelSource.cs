namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>A model that a command applies: a .zip, which is loaded once, a directory, or the embedded one.</summary>
/// <param name="Path">Its path; null for the embedded one.</param>
/// <param name="Zip">The loaded .zip; null if it is none.</param>
internal sealed record ModelSource(string? Path, ZipModel? Zip)
{
    /// <summary>Opens a model.</summary>
    /// <exception cref="ArgumentException">There is neither a directory nor a .zip at the path.</exception>
    public static ModelSource Open(MLContext mlContext, string? path)
    {
        if (path is not null)
            ModelPath.CheckExists(path);
        return new ModelSource(path, path is not null && ModelPath.IsZip(path) ? ZipModel.Load(mlContext, path) : null);
    }

    /// <summary>The model of a directory, or the embedded one.</summary>
    public EncoderModel Encoder() => Path is null ? EncoderModel.Default : EncoderModel.FromDirectory(Path);
}
