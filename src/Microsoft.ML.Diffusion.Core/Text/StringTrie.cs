using System.Buffers;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Finds strings in text. The time depends on the text and on how long the strings are, not on how many there are.</summary>
internal sealed class StringTrie
{
    private const int None = -1;

    // Drawn once per process, so that no file can be made to collide.
    private static readonly ulong s_multiplier = (ulong)Random.Shared.NextInt64() | 1;

    private readonly string[] _strings;
    private readonly SearchValues<char> _firstCharacters;
    private readonly Node[] _nodes;
    private readonly ulong[] _edges;
    private readonly int[] _children;
    private readonly int _shift;
    private readonly int[] _asciiChildren = new int[128];

    /// <summary>Makes the trie.</summary>
    /// <param name="strings">The strings, none of them empty. Of equal ones the first is found.</param>
    public StringTrie(string[] strings)
    {
        _strings = strings;
        _firstCharacters = SearchValues.Create([.. strings.Select(static text => text[0]).Distinct()]);
        List<Node> nodes = [new Node(None, None)];
        List<(ulong Edge, int Child)> edges = [];
        Grow(nodes, edges);
        _nodes = [.. nodes];
        int bits = 2;
        while (1L << bits < 2L * edges.Count)
            bits++;
        (_edges, _children, _shift) = (new ulong[1 << bits], new int[1 << bits], 64 - bits);
        foreach ((ulong edge, int child) in edges)
        {
            int slot = SlotOf(edge);
            while (_edges[slot] != 0)
                slot = (slot + 1) & (_edges.Length - 1);
            (_edges[slot], _children[slot]) = (edge, child);
        }
        for (int character = 0; character < _asciiChildren.Length; character++)
            _asciiChildren[character] = Child(0, (char)character);
    }

    /// <summary>The next place at which a string starts; of the strings that start there, the longest.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">Where to look from; then where the string starts.</param>
    /// <returns>The number of the string, or −1.</returns>
    public int Next(ReadOnlySpan<char> text, ref int position)
    {
        while (position < text.Length)
        {
            int child = FirstChild(text[position]);
            if (child == None)
            {
                int skip = text[position..].IndexOfAny(_firstCharacters);
                if (skip < 0)
                    return None;
                position += skip;
                child = FirstChild(text[position]);
            }
            int found = Longest(text[position..], child);
            if (found != None)
                return found;
            position++;
        }
        return None;
    }

    private int Longest(ReadOnlySpan<char> text, int node)
    {
        int longest = None;
        for (int depth = 1; node != None; depth++)
        {
            (int end, int tail) = _nodes[node];
            if (end != None)
                longest = end;
            if (tail != None)
                return text[depth..].StartsWith(_strings[tail].AsSpan(depth)) ? tail : longest;
            if (depth == text.Length)
                break;
            node = Child(node, text[depth]);
        }
        return longest;
    }

    private int FirstChild(char character) => character < _asciiChildren.Length ? _asciiChildren[character] : Child(0, character);

    private int Child(int node, char character)
    {
        ulong edge = EdgeOf(node, character);
        for (int slot = SlotOf(edge); _edges[slot] != 0; slot = (slot + 1) & (_edges.Length - 1))
        {
            if (_edges[slot] == edge)
                return _children[slot];
        }
        return None;
    }

    // Zero stands for a free place in the table.
    private static ulong EdgeOf(int node, char character) => ((ulong)(uint)node << 16 | character) + 1;

    private int SlotOf(ulong edge) => (int)(edge * s_multiplier >> _shift);

    private int Compare(int left, int right)
    {
        int difference = string.CompareOrdinal(_strings[left], _strings[right]);
        return difference != 0 ? difference : left - right;
    }

    private void Grow(List<Node> nodes, List<(ulong Edge, int Child)> edges)
    {
        int[] order = [.. Enumerable.Range(0, _strings.Length)];
        Array.Sort(order, Compare);
        var open = new Stack<(int Node, int From, int To, int Depth)>();
        open.Push((0, 0, order.Length, 0));
        while (open.TryPop(out (int Node, int From, int To, int Depth) part))
        {
            (int node, int from, int to, int depth) = part;
            int end = from < to && _strings[order[from]].Length == depth ? order[from] : None;
            while (from < to && _strings[order[from]].Length == depth)
                from++;
            // A string that is alone below a node is compared at once, so that long strings need no long chains of nodes.
            bool isAlone = depth > 0 && to - from == 1;
            nodes[node] = new Node(end, isAlone ? order[from] : None);
            for (int next; !isAlone && from < to; from = next)
            {
                char character = _strings[order[from]][depth];
                next = from + 1;
                while (next < to && _strings[order[next]][depth] == character)
                    next++;
                edges.Add((EdgeOf(node, character), nodes.Count));
                open.Push((nodes.Count, from, next, depth + 1));
                nodes.Add(default);
            }
        }
    }

    /// <summary>What is known after some characters.</summary>
    /// <param name="End">The string that ends here.</param>
    /// <param name="Tail">The only string that goes on from here.</param>
    private readonly record struct Node(int End, int Tail);
}
