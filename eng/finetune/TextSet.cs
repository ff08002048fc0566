using System.Text;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>A data set of classified texts, with the split for reported results.</summary>
internal sealed class TextSet
{
    private const int HeldOut = 500;

    private readonly Func<Func<string, string>, (LabeledText[] Learned, LabeledText[] Measured)> _read;

    private TextSet(string name, bool hasPairs, Func<Func<string, string>, (LabeledText[] Learned, LabeledText[] Measured)> read) =>
        (Name, HasPairs, _read) = (name, hasPairs, read);

    /// <summary>
    /// GLUE's SST-2: 67,349 phrases for training, 872 sentences for measuring. Film reviews in the Penn treebank's tokenization, in lower
    /// case.
    /// </summary>
    public static TextSet Sst2 { get; } = new("sst2", hasPairs: false, file =>
    {
        return (Read("sst2/train.tsv"), Read("sst2/dev.tsv"));

        LabeledText[] Read(string path) => [.. File.ReadLines(file(path)).Skip(1).Select(line =>
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            return new LabeledText { Category = line[..tab] == "1" ? "positive" : "negative", Sentence1 = line[(tab + 1)..].Trim() };
        })];
    });

    /// <summary>TREC's 5,452 training questions, labeled with what they ask for; the last 500 are held out.</summary>
    public static TextSet Trec { get; } =
        new("trec", hasPairs: false, file => Split([.. File.ReadLines(file("trec/TREC.train"), Encoding.Latin1).Select(line =>
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
        return new LabeledText { Category = line[..colon], Sentence1 = line[(space + 1)..].Trim() };
    })]));

    /// <summary>MRPC's 4,076 training pairs, paraphrases or not; the last 500 are held out.</summary>
    public static TextSet Mrpc { get; } =
        new("mrpc", hasPairs: true, file => Split([.. File.ReadLines(file("mrpc/msr_paraphrase_train.txt")).Skip(1).Select(line =>
    {
        string[] cells = line.Split('\t');
        return new LabeledText { Category = cells[0] == "1" ? "paraphrase" : "other", Sentence1 = cells[3], Sentence2 = cells[4] };
    })]));

    /// <summary>10,001 texts of AG News, labeled with their section; 500 are held out.</summary>
    public static TextSet AgNews { get; } =
        new("agnews", hasPairs: false, file => Split(Shuffled([.. File.ReadLines(file("agnews/train.tsv")).Select(line =>
    {
        int tab = line.LastIndexOf('\t');
        return new LabeledText { Category = line[(tab + 1)..], Sentence1 = line[..tab] };
    })])));

    /// <summary>The sets with their own commands.</summary>
    public static TextSet[] All => [Sst2, Trec, Mrpc];

    /// <summary>The set with a name.</summary>
    /// <exception cref="ArgumentException">No set has this name.</exception>
    public static TextSet Named(string name) => ((TextSet[])[.. All, AgNews]).FirstOrDefault(set => set.Name == name)
        ?? throw new ArgumentException($"There is no set '{name}'; expected sst2, trec, mrpc or agnews.");

    /// <summary>The name of the set's command.</summary>
    public string Name { get; }

    /// <summary>Whether texts are pairs.</summary>
    public bool HasPairs { get; }

    /// <summary>Reads the set.</summary>
    /// <param name="file">The path of a file of the data.</param>
    public (LabeledText[] Learned, LabeledText[] Measured) Read(Func<string, string> file) => _read(file);

    /// <summary>In a fixed order, for a file that is sorted.</summary>
    private static LabeledText[] Shuffled(LabeledText[] rows)
    {
        new Random(1).Shuffle(rows);
        return rows;
    }

    private static (LabeledText[], LabeledText[]) Split(LabeledText[] all) => (all[..^HeldOut], all[^HeldOut..]);
}
