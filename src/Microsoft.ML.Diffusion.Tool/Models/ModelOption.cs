using System.CommandLine;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>The option that names a model: a directory, or a .zip.</summary>
internal sealed class ModelOption
{
    private readonly Option<string?> _model;

    /// <summary>Creates the option.</summary>
    /// <param name="isRequired">Whether a model must be named; otherwise the default is the embedded one.</param>
    /// <param name="mayBeZip">Whether it may be a .zip.</param>
    public ModelOption(bool isRequired, bool mayBeZip = true) => _model = new Option<string?>("--model", "-m")
    {
        HelpName = "PATH",
        Required = isRequired,
        Description = $"The model: a Hugging Face directory{(mayBeZip ? ", or a .zip that was saved with ML.NET" : "")}." +
            (isRequired ? "" : " The default is the embedded model."),
    };

    /// <summary>The option, for a command.</summary>
    public Option Option => _model;

    /// <summary>The path; null for the embedded model.</summary>
    public string? Path(ParseResult result) => result.GetValue(_model);

    /// <summary>The model as a directory, or the embedded one.</summary>
    /// <exception cref="ArgumentException">It is a .zip.</exception>
    public EncoderModel Encoder(ParseResult result)
    {
        if (Path(result) is not string path)
            return EncoderModel.Default;
        return ModelPath.IsZip(path)
            ? throw new ArgumentException(
                $"'{path}' is a .zip; expected a Hugging Face directory. Make one of it with: diffusion-ml convert --input {path} " +
                    "--output DIR")
            : EncoderModel.FromDirectory(path);
    }
}
