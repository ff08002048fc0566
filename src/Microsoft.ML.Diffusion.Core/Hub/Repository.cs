namespace Microsoft.ML.Diffusion.Hub;

/// <summary>A repository at one commit.</summary>
/// <param name="Name">Its name, <c>owner/name</c>.</param>
/// <param name="Commit">The commit that the revision names.</param>
/// <param name="Files">The paths of its files, with slashes.</param>
internal sealed record Repository(string Name, string Commit, IReadOnlyList<string> Files);
