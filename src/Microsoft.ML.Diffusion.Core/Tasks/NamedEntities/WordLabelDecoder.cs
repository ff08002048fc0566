using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Makes a model's input of a text's words, and decodes their labels from the logits, for a model that is computed elsewhere: an ONNX file.
/// A text is read in one window: words beyond it have no label. Instances may be shared between threads.
/// </summary>
public sealed class WordLabelDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly int _capacity;
    private readonly LabelDecoder _decoder;

    /// <summary>Makes a decoder.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="configuration">The configuration of the model's encoder.</param>
    /// <param name="labels">The labels, in the order of the head's outputs.</param>
    /// <param name="options">The options; the overlap of windows and the size of batches are not used.</param>
    /// <exception cref="ArgumentException">A window does not fit the model.</exception>
    public WordLabelDecoder(Tokenizer tokenizer, EncoderConfiguration configuration, LabelSet labels, TokenClassifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(options);
        (_tokenizer, Labels, _capacity) = (tokenizer, labels, options.Windows.For(configuration).Capacity);
        _decoder = new LabelDecoder(labels, options.ConstrainedDecoding);
    }

    /// <summary>The labels, in the order of the head's outputs.</summary>
    public LabelSet Labels { get; }

    /// <summary>The model's input: the tokens of the words that fit, with an opening and a closing token.</summary>
    public int[] Encode(WordSequence text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return LabelWindow.First(text, _tokenizer, _capacity).Tokens;
    }

    /// <summary>The labels of the words that were read, from the first on.</summary>
    /// <param name="text">The text.</param>
    /// <param name="logits">The logits of each token of <see cref="Encode"/>, [tokens × labels].</param>
    /// <exception cref="ArgumentException">The number of logits does not match the tokens.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public WordLabels Decode(WordSequence text, ReadOnlySpan<float> logits)
    {
        ArgumentNullException.ThrowIfNull(text);
        LabelWindow window = LabelWindow.First(text, _tokenizer, _capacity);
        int labels = Labels.Count;
        if (logits.Length != window.Tokens.Length * labels)
            throw new ArgumentException(
                $"There are {logits.Length} logits for {window.Tokens.Length} tokens and {labels} labels; expected " +
                $"{window.Tokens.Length * labels}. Give the logits of the model's output for the same text.", nameof(logits));
        var logProbabilities = new double[window.Words.Length * labels];
        foreach (int word in window.Words)
            Softmax.LogProbabilities(logits.Slice(window.Rows[word] * labels, labels), logProbabilities.AsSpan(word * labels, labels));
        return _decoder.Decode(logProbabilities);
    }
}
