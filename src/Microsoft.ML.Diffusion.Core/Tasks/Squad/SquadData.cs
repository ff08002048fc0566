namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>What a SQuAD file holds.</summary>
/// <param name="Version">The file's <c>version</c>, as "1.1" or "v2.0"; empty where it has none.</param>
/// <param name="Questions">The questions, in the file's order.</param>
/// <param name="Misplaced">The answers that do not stand in their contexts where the file puts them.</param>
public sealed record SquadData(string Version, IReadOnlyList<SquadQuestion> Questions, IReadOnlyList<MisplacedAnswer> Misplaced)
{
    /// <summary>What in the file is unusual, a message each: questions without an id, ids that come more than once.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
