namespace Microsoft.ML.Diffusion.Hub;

/// <summary>A file of a repository at one commit, as the hub describes it.</summary>
/// <param name="Name">Its path in the repository, with slashes.</param>
/// <param name="Tag">The name of its content, which is a hash for what the hub stores itself.</param>
/// <param name="Length">Its length, in bytes.</param>
internal sealed record RemoteFile(string Name, string Tag, long Length);
