using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Generated cases with the results of reference programs; Fixtures/tasks/README.md says how they were made.</summary>
internal static class TaskFixtures
{
    public static JsonDocument Load(string fileName) => JsonDocument.Parse(File.ReadAllBytes(
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "tasks", fileName)));

    public static string[] Strings(this JsonElement list) => [.. list.EnumerateArray().Select(static item => item.GetString()!)];

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
