using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>Metrics of a set of texts; words are separated by whitespace. <see cref="TextMeasures"/> explains the use of each.</summary>
public sealed class WritingMetrics
{
    internal WritingMetrics(IReadOnlyList<int[]> texts, long missing, long characters, int longestRun, CancellationToken cancellationToken)
    {
        (Texts, Missing, Characters) = (texts.Count, missing, characters);
        Words = texts.Sum(text => (long)text.Length);
        Distinct = [.. Enumerable.Range(1, longestRun).Select(n => TextMeasures.DistinctN(texts, n, cancellationToken))];
        SelfBleu = TextMeasures.SelfBleu(texts, longestRun, cancellationToken);
        WordEntropy = TextMeasures.TokenEntropy(texts, cancellationToken);
        RepetitionRate = TextMeasures.RepetitionRate(texts, longestRun, cancellationToken);
    }

    /// <summary>The number of texts that were measured.</summary>
    public long Texts { get; }

    /// <summary>The number of texts that are missing or empty, and were left out.</summary>
    public long Missing { get; }

    /// <summary>The number of words of all texts.</summary>
    public long Words { get; }

    /// <summary>The number of UTF-16 characters of all texts.</summary>
    public long Characters { get; }

    /// <summary>
    /// distinct-1, distinct-2, …: the fraction of all n-grams of words that are different; NaN if no text has n words. It falls as the
    /// amount of text grows.
    /// </summary>
    public IReadOnlyList<double> Distinct { get; }

    /// <summary>
    /// Self-BLEU: the similarity of each text to all others, 0 to 1; NaN for fewer than two texts. It grows with the number of texts.
    /// </summary>
    public double SelfBleu { get; }

    /// <summary>
    /// The entropy of the words within a text, in bits per word, averaged over the texts; NaN if there are no words. It grows with the
    /// length of the texts.
    /// </summary>
    public double WordEntropy { get; }

    /// <summary>
    /// The fraction of the n-grams of the longest length in a text that occurred earlier in it, averaged over the texts; NaN if no text is
    /// long enough.
    /// </summary>
    public double RepetitionRate { get; }

    /// <summary>The model's judgment of the texts; null if there is no model, or nothing to judge.</summary>
    public JudgedWriting? Judged { get; internal init; }

    /// <summary>Formats the metrics as a table with units.</summary>
    public override string ToString()
    {
        var table = new StringBuilder();
        Add("texts", string.Create(CultureInfo.InvariantCulture, $"{Texts}"),
            Missing == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"and {Missing} missing or empty"));
        Add("words", string.Create(CultureInfo.InvariantCulture, $"{Words}"), "");
        for (int n = 1; n <= Distinct.Count; n++)
            Add(string.Create(CultureInfo.InvariantCulture, $"distinct-{n}"), Number(Distinct[n - 1]), "of the runs of words");
        Add(string.Create(CultureInfo.InvariantCulture, $"self-BLEU-{Distinct.Count}"), Number(SelfBleu), "");
        Add("word entropy", Number(WordEntropy), "bits per word, within a text");
        Add("repetition", Number(RepetitionRate),
            string.Create(CultureInfo.InvariantCulture, $"of the runs of {Distinct.Count} words, within a text"));
        if (Judged is not null)
        {
            Add("judged texts", string.Create(CultureInfo.InvariantCulture, $"{Judged.Texts}"), "");
            Rate(Judged.BitsPerCharacter, "character");
            Rate(Judged.BitsPerWord, "word");
            Rate(Judged.BitsPerToken, "token of the judge");
        }
        return table.ToString();

        void Rate(BitRate rate, string unit) => Add("pseudo-NLL", Number(rate.Bits), string.Create(
            CultureInfo.InvariantCulture,
            $"bits per {unit} (95 %: {rate.Low:F3} to {rate.High:F3}), pseudo-perplexity {rate.Perplexity:G4}"));
        void Add(string name, string figure, string unit) => table.Append($"{name,-14} {figure,9}  {unit}".TrimEnd()).Append('\n');
        static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
    }
}
