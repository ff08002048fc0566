using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Makes a model's input of a question and its context, and decodes the answers from the logits, for a model that is computed elsewhere: an
/// ONNX file. A context is read in one window: what is beyond it is not read. One thread at a time may use it.
/// </summary>
public sealed class AnswerDecoder
{
    private readonly QuestionEncoder _encoder;
    private readonly QuestionWindowOptions _windows;
    private readonly SequenceTemplate _template;
    private readonly SpanDecoder _decoder;
    private readonly bool _hasTypes;
    private readonly RaggedTokens _tokens = new();
    private int[] _types = [];
    private AskedQuestion _question;
    private QuestionInputs? _inputs;

    /// <summary>Makes a decoder.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="family">The model's family.</param>
    /// <param name="configuration">The configuration of the model's encoder.</param>
    /// <param name="windows">How inputs are made; the overlap of windows is not used.</param>
    /// <param name="decoder">How answers are decoded.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the input is longer than the model's maximum.</exception>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs, or gives types that the model lacks.</exception>
    public AnswerDecoder(Tokenizer tokenizer, EncoderFamily family, EncoderConfiguration configuration, QuestionWindowOptions windows,
        SpanDecoderOptions decoder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(windows);
        windows.Validate();
        if (windows.MaxTokens > configuration.MaxLength)
            throw new ArgumentException(
                $"MaxTokens is {windows.MaxTokens}, but the model takes at most {configuration.MaxLength} tokens. Lower MaxTokens.",
                nameof(windows));
        (_windows, _decoder, _encoder) = (windows, new SpanDecoder(decoder), new QuestionEncoder(tokenizer, windows));
        (_template, _hasTypes) = (family.TemplateOf(tokenizer).ForPairs(), configuration.Embeddings.TokenTypes > 1);
        _template.CheckTypes(configuration.Embeddings.TokenTypes);
    }

    /// <summary>The model's input: the token ids of the last question.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.Tokens;

    /// <summary>The type of each token, 0 everywhere if the model has no types.</summary>
    public ReadOnlySpan<int> Types => _types;

    /// <summary>Whether the last context is longer than a window, so that its end is not read.</summary>
    public bool IsContextCut => _inputs is { Windows.Length: > 1 };

    /// <summary>Makes the input of a question.</summary>
    public void Encode(AskedQuestion question)
    {
        (_question, _inputs) = (question, _encoder.Encode(question));
        QuestionWindow window = _inputs.Windows[0];
        _tokens.Clear();
        _inputs.Append(window, _tokens);
        _types = new int[window.Length];
        if (_hasTypes)
            window.FillTypes(_template, _windows.SpecialTokensBefore, _types);
    }

    /// <summary>The answers to the last question.</summary>
    /// <param name="startLogits">The start logit of each token, [tokens].</param>
    /// <param name="endLogits">The end logit of each token, [tokens].</param>
    /// <exception cref="ArgumentException">The number of logits does not match the tokens.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    /// <exception cref="InvalidOperationException">There is no question yet.</exception>
    public AnswerList Decode(ReadOnlySpan<float> startLogits, ReadOnlySpan<float> endLogits)
    {
        if (_inputs is null)
            throw new InvalidOperationException("There is no question whose answers could be decoded. Call Encode first.");
        int tokens = _types.Length;
        if (startLogits.Length != tokens || endLogits.Length != tokens)
            throw new ArgumentException(
                $"There are {startLogits.Length} start logits and {endLogits.Length} end logits for {tokens} tokens; expected one of " +
                "each per token. Give the logits of the model's output for the same question.", nameof(startLogits));
        var both = new float[2 * tokens];
        for (int i = 0; i < tokens; i++)
            (both[2 * i], both[2 * i + 1]) = (startLogits[i], endLogits[i]);
        _decoder.Add(_inputs.Windows[0], both);
        return _decoder.Decode(_question.Context, _inputs.Context.Starts, _inputs.Context.Ends);
    }
}
