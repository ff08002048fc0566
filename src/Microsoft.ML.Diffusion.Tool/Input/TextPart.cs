namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>A part of a row that a command reads.</summary>
/// <param name="Name">Its name, which is also the usual name of its column.</param>
/// <param name="Meaning">What it is, for messages, such as "the texts".</param>
/// <param name="Description">What its option is, for the help.</param>
/// <param name="IsRequired">Whether a row needs it.</param>
/// <param name="MayBeFile">Whether an option names a file whose whole text is the part.</param>
internal sealed record TextPart(string Name, string Meaning, string Description, bool IsRequired = true, bool MayBeFile = false)
{
    /// <summary>The option with the part itself.</summary>
    public string Option => $"--{Name}";

    /// <summary>The option with a file whose whole text is the part.</summary>
    public string FileOption => $"--{Name}-file";

    /// <summary>The option with the name of its column.</summary>
    public string ColumnOption => $"--{Name}-column";
}
