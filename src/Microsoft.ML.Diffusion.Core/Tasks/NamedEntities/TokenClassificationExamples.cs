using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Training texts with labeled words, split into windows: each word is learned in one window, at its first token.</summary>
public sealed class TokenClassificationExamples
{
    private readonly Tokenizer _tokenizer;
    private readonly int _capacity;
    private readonly int _strideOverlap;
    private readonly List<TokenClassificationExample> _examples = [];

    /// <summary>Makes an empty collection.</summary>
    /// <param name="tokenizer">The tokenizer of the words.</param>
    /// <param name="configuration">The configuration of the model to train.</param>
    /// <param name="windows">How long texts are split; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option does not fit the model.</exception>
    public TokenClassificationExamples(Tokenizer tokenizer, EncoderConfiguration configuration, LabelWindowOptions? windows = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(configuration);
        _tokenizer = tokenizer;
        (_capacity, _strideOverlap) = (windows ?? new LabelWindowOptions()).For(configuration);
    }

    /// <summary>The number of windows with a word to learn from.</summary>
    public int Count => _examples.Count;

    /// <summary>The number of tokens of all windows.</summary>
    public long TokenCount { get; private set; }

    /// <summary>The number of words to learn from.</summary>
    public long WordCount { get; private set; }

    /// <summary>The number of texts that were split into several windows.</summary>
    public long SplitTexts { get; private set; }

    /// <summary>The number of words with more tokens than a window; only their first tokens are used.</summary>
    public long CutWords { get; private set; }

    internal TokenClassificationExample this[int index] => _examples[index];

    /// <summary>Adds a text.</summary>
    /// <param name="sequence">Its words.</param>
    /// <param name="labels">The label of each word, [words]; −1 for a word that is not learned from.</param>
    /// <exception cref="ArgumentException">The numbers of words and labels differ.</exception>
    public void Add(WordSequence sequence, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (labels.Length != sequence.Words.Count)
            throw new ArgumentException(
                $"There are {sequence.Words.Count} words and {labels.Length} labels; expected one per word. Label every word once.",
                nameof(labels));
        LabelWindow[] windows = LabelWindow.Cut(sequence, _tokenizer, _capacity, _strideOverlap);
        SplitTexts += windows.Length > 1 ? 1 : 0;
        CutWords += sequence.Words.Count(word => word.TokenCount > _capacity);
        foreach (LabelWindow window in windows)
        {
            var rows = new List<int>();
            var targets = new List<int>();
            for (int i = 0; i < window.Words.Length; i++)
            {
                int label = labels[window.Words[i]];
                if (label < 0)
                    continue;
                rows.Add(window.Rows[i]);
                targets.Add(label);
            }
            if (rows.Count == 0)
                continue;
            _examples.Add(new TokenClassificationExample(window.Tokens, [.. rows], [.. targets]));
            WordCount += rows.Count;
            TokenCount += window.Tokens.Length;
        }
    }
}

/// <summary>A training window.</summary>
/// <param name="Tokens">Its tokens, opening and closing tokens included.</param>
/// <param name="Rows">The first tokens of the words that are learned from.</param>
/// <param name="Targets">Their labels.</param>
internal sealed record TokenClassificationExample(int[] Tokens, int[] Rows, int[] Targets);
