namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Compares a stand-in with what it stands for: it may lack members, but those it has must be the same, and as accessible.
/// Each side is given by two listings: all but the private members, and the public and protected ones among them, which tell
/// the accessibility of fields, properties and events.
/// </summary>
internal static class ApiComparison
{
    /// <summary>What is wrong, a sentence a member. Without <paramref name="expectedAll"/>, the public
    /// members alone are compared.</summary>
    public static List<string> Differences(
        Dictionary<string, string> all, Dictionary<string, string> visible, Dictionary<string, string>? expectedAll,
        Dictionary<string, string> expectedVisible)
    {
        var differences = new List<string>();
        if (expectedAll is not null)
            Compare(all, expectedAll, "does not exist");
        Compare(visible, expectedVisible, "does not exist or is less accessible");
        foreach (string id in all.Keys.Where(id => expectedVisible.ContainsKey(id) && !visible.ContainsKey(id)))
            differences.Add($"{id} is public or protected in ML.NET, and internal here.");
        return differences;

        void Compare(Dictionary<string, string> found, Dictionary<string, string> expected, string absent)
        {
            foreach ((string id, string description) in found.OrderBy(member => member.Key, StringComparer.Ordinal))
            {
                if (!expected.TryGetValue(id, out string? reference))
                    differences.Add($"{id} {absent} in ML.NET; here it is '{description}'.");
                else if (description != reference)
                    differences.Add($"{id} is '{reference}' in ML.NET, and '{description}' here.");
            }
        }
    }
}
