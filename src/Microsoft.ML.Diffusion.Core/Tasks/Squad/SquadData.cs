namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The content of a SQuAD file.</summary>
/// <param name="Version">The file's <c>version</c>, such as "1.1" or "v2.0"; empty if it has none.</param>
/// <param name="Questions">The questions, in the file's order.</param>
/// <param name="Misplaced">The answers that do not stand in their contexts at the place given in the file.</param>
public sealed record SquadData(string Version, IReadOnlyList<SquadQuestion> Questions, IReadOnlyList<MisplacedAnswer> Misplaced)
{
    /// <summary>Messages about what is unusual: questions without an id, and ids of more than one question.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
