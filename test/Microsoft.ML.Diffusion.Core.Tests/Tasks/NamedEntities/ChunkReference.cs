using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>
/// What seqeval and conlleval publish about reading entities from tags with the letters B, I, E, S and O, written out as they say it, and
/// shared with nothing of the product.
/// </summary>
internal static class ChunkReference
{
    /// <summary>The letters of other schemes as these, and the separator as they have it.</summary>
    public static string[] Canonical(IEnumerable<string> tags) =>
        [.. tags.Select(tag => tag == "O" ? tag : Letter(tag[0]) + (tag.Length > 1 ? "-" + tag[2..] : ""))];

    /// <summary>seqeval's default mode: a chunk ends and another starts between two words, by their letters and types alone.</summary>
    public static EntitySpan[] Default(string[] tags)
    {
        var chunks = new List<EntitySpan>();
        (char before, string typeBefore, int begin) = ('O', "", 0);
        for (int i = 0; i <= tags.Length; i++)
        {
            (char tag, string type) = Split(i < tags.Length ? tags[i] : "O");
            if (Ends(before, tag, typeBefore, type))
                chunks.Add(new EntitySpan(typeBefore, begin, i));
            if (Starts(before, tag, typeBefore, type))
                begin = i;
            (before, typeBefore) = (tag, type);
        }
        return [.. chunks];
    }

    /// <summary>conlleval's counts, which never list chunks: there are, found, right.</summary>
    public static (int Actual, int Predicted, int Correct) Conlleval(IEnumerable<(string[] Actual, string[] Predicted)> sentences)
    {
        (int actual, int predicted, int correct) = (0, 0, 0);
        bool isCorrect = false;
        (char lastActual, string lastActualType, char lastPredicted, string lastPredictedType) = ('O', "", 'O', "");
        foreach ((string right, string guessed) in
            sentences.SelectMany(sentence => sentence.Actual.Zip(sentence.Predicted).Append(("O", "O"))))
        {
            ((char a, string aType), (char p, string pType)) = (Split(right), Split(guessed));
            bool endActual = Ends(lastActual, a, lastActualType, aType), endPredicted = Ends(lastPredicted, p, lastPredictedType, pType);
            bool startActual = Starts(lastActual, a, lastActualType, aType),
                startPredicted = Starts(lastPredicted, p, lastPredictedType, pType);
            if (isCorrect && endActual && endPredicted && lastActualType == lastPredictedType)
            {
                isCorrect = false;
                correct++;
            }
            else if (isCorrect && (endActual != endPredicted || aType != pType))
                isCorrect = false;
            isCorrect |= startActual && startPredicted && aType == pType;
            actual += startActual ? 1 : 0;
            predicted += startPredicted ? 1 : 0;
            (lastActual, lastActualType, lastPredicted, lastPredictedType) = (a, aType, p, pType);
        }
        return (actual, predicted, correct);
    }

    /// <summary>seqeval's strict mode: patterns of the letters before and of a word, and whether their types are the
    /// same (=), others (/) or any (*).</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="scheme">IOB2, IOE2 or IOBES.</param>
    public static EntitySpan[] Strict(string[] tags, string scheme)
    {
        const string Any = "IOBES";
        (string Before, string Now, char Type)[] starts, insides, ends;
        (starts, insides, ends) = scheme switch
        {
            "IOB2" => (
                new[] { (Any, "B", '*') },
                new[] { ("B", "I", '='), ("I", "I", '=') },
                new[] { ("I", "O", '*'), ("I", "I", '/'), ("I", "B", '*'), ("B", "O", '*'), ("B", "I", '/'), ("B", "B", '*') }),
            "IOE2" => (
                [("O", "I", '*'), ("O", "E", '*'), ("E", "I", '*'), ("E", "E", '*'), ("I", "I", '/'), ("I", "E", '/')],
                [("I", "E", '='), ("I", "I", '=')],
                [("E", Any, '*')]),
            _ => (
                [(Any, "B", '*'), (Any, "S", '*')],
                [("B", "I", '='), ("B", "E", '='), ("I", "I", '='), ("I", "E", '=')],
                [("S", Any, '*'), ("E", Any, '*')]),
        };
        var entities = new List<EntitySpan>();
        (char, string)[] all = [.. tags.Append("O").Select(Split)];
        (char, string) before = ('O', "_");
        for (int i = 0; i < all.Length;)
        {
            if (!Match(starts, before, all[i]))
            {
                before = all[i++];
                continue;
            }
            int end = i + 1;
            while (Match(insides, all[end - 1], all[end]))
                end++;
            if (Match(ends, all[end - 1], all[end]))
                entities.Add(new EntitySpan(all[i].Item2, i, end));
            i = end;
            before = all[i - 1];
        }
        return [.. entities];

        static bool Match((string Before, string Now, char Type)[] patterns, (char Letter, string Type) before,
            (char Letter, string Type) now) => Array.Exists(
            patterns, pattern => pattern.Before.Contains(before.Letter) && pattern.Now.Contains(now.Letter)
                && (pattern.Type == '*' || pattern.Type == '=' == (before.Type == now.Type)));
    }

    private static (char Tag, string Type) Split(string tag) => (tag[0], tag.Length == 1 ? "" : tag[2..]);

    private static char Letter(char letter) => letter switch { 'L' => 'E', 'U' or 'W' => 'S', 'M' => 'I', _ => letter };

    private static bool Ends(char before, char tag, string typeBefore, string type) =>
        before is 'E' or 'S' || (before is 'B' or 'I' && tag is 'B' or 'S' or 'O') || (before is not ('O' or '.') && typeBefore != type);

    private static bool Starts(char before, char tag, string typeBefore, string type) =>
        tag is 'B' or 'S' || (before is 'E' or 'S' or 'O' && tag is 'E' or 'I') || (tag is not ('O' or '.') && typeBefore != type);
}
