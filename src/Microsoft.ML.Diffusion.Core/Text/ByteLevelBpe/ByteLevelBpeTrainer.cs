using Microsoft.ML.Diffusion.Text.ByteLevelBpe;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// Trains a byte-level BPE vocabulary on text (Sennrich et al. 2016, over bytes as in GPT-2): repeatedly, the adjacent pair that is most
/// frequent within words becomes a token.
/// </summary>
/// <remarks>
/// Ids are in RoBERTa's order: &lt;s&gt; 0, &lt;pad&gt; 1, &lt;/s&gt; 2, &lt;unk&gt; 3, the 256 bytes in the order of their characters, the
/// merged tokens in the order of their merges, &lt;mask&gt; last. Of equally frequent pairs, the one whose left token has the smaller id
/// comes first, then the one whose right token has. The result depends only on the texts (in any order) and the size.
/// </remarks>
public static class ByteLevelBpeTrainer
{
    /// <summary>The smallest vocabulary: five special tokens and the 256 bytes.</summary>
    public const int SmallestVocabulary = FirstByteId + 256 + 1;

    private const int FirstByteId = 4;

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts; a word does not extend from one into the next. Newlines in them are text.</param>
    /// <param name="vocabularySize">The number of ids, including special tokens; the result has fewer if no pair occurs twice any
    /// more.</param>
    /// <param name="progress">Receives the progress from time to time.</param>
    /// <param name="cancellationToken">Cancels the training.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabularySize"/> is less than
    /// <see cref="SmallestVocabulary"/>.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, int vocabularySize, IProgress<ByteLevelBpeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (vocabularySize < SmallestVocabulary)
        {
            throw new ArgumentOutOfRangeException(
                nameof(vocabularySize), vocabularySize,
                $"A byte-level vocabulary has at least {SmallestVocabulary} ids: five special tokens and the 256 bytes.");
        }
        Dictionary<string, long> counts = CountWords(texts, progress, cancellationToken);
        int[] byteIds = ByteIds();
        var words = new BpeTrainerWords(counts, byteIds);
        counts.Clear();
        return Merge(words, vocabularySize, progress, cancellationToken);
    }

    /// <summary>Splits a reader's text into parts of some 64 Ki characters that end after newlines, so that no word is split.</summary>
    public static IEnumerable<string> ReadTexts(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        char[] buffer = new char[1 << 16];
        int kept = 0;
        while (true)
        {
            if (kept == buffer.Length)
                Array.Resize(ref buffer, 2 * kept);
            int read = reader.Read(buffer, kept, buffer.Length - kept);
            if (read == 0)
                break;
            int length = kept + read;
            int end = buffer.AsSpan(0, length).LastIndexOf('\n') + 1;
            // A run of newlines is not split.
            if (end == length)
                end = buffer.AsSpan(0, length).TrimEnd('\n').LastIndexOf('\n') + 1;
            if (end > 0)
                yield return new string(buffer, 0, end);
            kept = length - end;
            buffer.AsSpan(end, kept).CopyTo(buffer);
        }
        if (kept > 0)
            yield return new string(buffer, 0, kept);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, IProgress<ByteLevelBpeProgress>? progress,
        CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>();
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        long characters = 0, reported = 0;
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int position = 0; position < text.Length;)
            {
                int end = Gpt2PreTokenizer.NextEnd(text, position);
                ReadOnlySpan<char> word = text.AsSpan(position, end - position);
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;
                position = end;
            }
            characters += text.Length;
            if (characters - reported >= 1 << 22)
            {
                reported = characters;
                progress?.Report(new ByteLevelBpeProgress(characters, counts.Count, 0));
            }
        }
        return counts;
    }

    private static int[] ByteIds()
    {
        int[] ids = new int[256];
        int next = FirstByteId;
        for (int character = 0; next < FirstByteId + 256; character++)
        {
            int value = ByteAlphabet.ToByte(character);
            if (value >= 0)
                ids[value] = next++;
        }
        return ids;
    }

    private static ByteLevelBpeTokenizer Merge(BpeTrainerWords words, int vocabularySize, IProgress<ByteLevelBpeProgress>? progress,
        CancellationToken cancellationToken)
    {
        SpecialTokenNames names = SpecialTokenNames.Roberta;
        var spellings = new List<byte[]> { Utf8(names.Begin), Utf8(names.Pad), Utf8(names.End), Utf8(names.Unknown) };
        var ids = new Dictionary<string, int>();
        for (int character = 0; spellings.Count < FirstByteId + 256; character++)
        {
            if (ByteAlphabet.ToByte(character) >= 0)
                Spell(((char)character).ToString());
        }
        var left = new List<int>();
        var right = new List<int>();
        var joined = new List<int>();
        var merged = new HashSet<(int, int)>();
        while (spellings.Count < vocabularySize - 1 && words.TryTakeMostFrequent(out int first, out int second))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Two pairs may form the same token: a + bc, ab + c.
            int id = Spell(Text(spellings[first]) + Text(spellings[second]));
            words.Join(first, second, id);
            if (merged.Add((first, second)))
            {
                left.Add(first);
                right.Add(second);
                joined.Add(id);
            }
            if (left.Count % 256 == 0)
                progress?.Report(new ByteLevelBpeProgress(0, words.Count, left.Count));
        }
        spellings.Add(Utf8(names.Mask));

        const string Source = "the trained vocabulary";
        var builder = new Vocabulary.Builder(Source, spellings.Count, spellings.Sum(static spelling => spelling.Length));
        for (int id = 0; id < spellings.Count; id++)
            builder.Add(spellings[id], id);
        var merges = new BpeMerges([.. left], [.. right], [.. joined]);
        return new ByteLevelBpeTokenizer(Source, TokenTable.Of(Source, builder.Build(), []), merges, new ByteLevelBpeOptions());

        int Spell(string spelling)
        {
            if (!ids.TryGetValue(spelling, out int id))
            {
                id = spellings.Count;
                ids.Add(spelling, id);
                spellings.Add(Utf8(spelling));
            }
            return id;
        }
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] utf8) => System.Text.Encoding.UTF8.GetString(utf8);
}
