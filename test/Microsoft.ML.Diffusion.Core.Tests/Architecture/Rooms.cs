namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The rooms of an assembly and the arrows between them (design decision 10). A room is a folder, with
/// the folders in it that are no rooms of their own; it may know the rooms that are named for it, and what those may know.
/// </summary>
/// <param name="arrows">The rooms, and what each may know.</param>
internal sealed class Rooms(Dictionary<string, string[]> arrows)
{
    /// <summary>What reaches into a room that it must not know, one line each: from type -> to type; and what lies in no room.</summary>
    /// <param name="references">The types, and what each mentions.</param>
    /// <param name="folders">The folder of each type.</param>
    public string[] Violations(Dictionary<string, HashSet<string>> references, IReadOnlyDictionary<string, string> folders)
    {
        var violations = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string from, HashSet<string> mentioned) in references)
        {
            if (RoomOf(from) is not string room)
            {
                violations.Add(
                    $"{from} lies in no room " +
                    $"({(folders.TryGetValue(from, out string? folder) ? $"'{folder}'" : "no source declares it")})");
                continue;
            }
            HashSet<string> known = Known(room);
            violations.UnionWith(mentioned.Where(to => RoomOf(to) is string other && !known.Contains(other))
                .Select(to => $"{from} -> {to}"));
        }
        return [.. violations];

        string? RoomOf(string type) =>
            folders.TryGetValue(type, out string? folder)
                ? arrows.Keys.Where(room => folder == room || folder.StartsWith(room + "/", StringComparison.Ordinal))
                .MaxBy(room => room.Length)
                : null;
    }

    /// <summary>A room, and all that it may know.</summary>
    private HashSet<string> Known(string room)
    {
        var known = new HashSet<string> { room };
        var open = new Stack<string>([room]);
        while (open.TryPop(out string? next))
        {
            foreach (string other in arrows[next].Where(known.Add))
                open.Push(other);
        }
        return known;
    }
}
