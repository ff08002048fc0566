using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Answers questions. The windows of many are scored together, and a question's answers depend only on it and its context. One thread at a
/// time may use it; several predictors may share the model.
/// </summary>
public sealed class AnswerPredictor : IDisposable
{
    private readonly QuestionEncoder _encoder;
    private readonly SpanDecoderOptions _decoder;
    private readonly SpanHead _head;
    private readonly int _batchTokens;
    private readonly Pass _pass;
    private readonly RaggedTokens _batch = new();
    private readonly List<QuestionWindow> _windows = [];
    private readonly List<OpenQuestion> _owners = [];

    /// <summary>Makes a predictor.</summary>
    /// <param name="model">A model with a question-answering head, which the predictor does not dispose.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="windows">How contexts are split.</param>
    /// <param name="decoder">How answers are decoded.</param>
    /// <param name="batchTokens">The most tokens scored together; a longer window is scored alone.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the model does not fit.</exception>
    public AnswerPredictor(TaskModel model, Tokenizer tokenizer, QuestionWindowOptions windows, SpanDecoderOptions decoder,
        int batchTokens = 4096)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchTokens, 1);
        windows.Validate();
        decoder.Validate();
        _head = new SpanHead(model, tokenizer, windows);
        _encoder = new QuestionEncoder(tokenizer, windows);
        (_decoder, _batchTokens, _pass) = (decoder, batchTokens, Pass.ForInference(model.Engine));
    }

    /// <summary>
    /// The number of questions so far that were longer than <see cref="QuestionWindowOptions.MaxQuestionTokens"/> and lost their end.
    /// </summary>
    public long CutQuestions { get; private set; }

    /// <summary>The number of lone surrogates so far; each was read as U+FFFD.</summary>
    public long LoneSurrogates { get; private set; }

    /// <summary>The answers to some questions. A context without a token has no answer with text.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>The answers, in the questions' order.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite.</exception>
    public AnswerList[] Predict(IReadOnlyList<AskedQuestion> questions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(questions);
        _pass.CancellationToken = cancellationToken;
        ClearBatch();
        var answers = new AnswerList[questions.Count];
        for (int i = 0; i < questions.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            QuestionInputs inputs = _encoder.Encode(questions[i]);
            CutQuestions += inputs.IsQuestionCut ? 1 : 0;
            LoneSurrogates += inputs.LoneSurrogates;
            var question = new OpenQuestion(i, questions[i].Context, inputs.Context,
                new SpanDecoder(_decoder)) { WindowsLeft = inputs.Windows.Length };
            foreach (QuestionWindow window in inputs.Windows)
            {
                if (_batch.Count > 0 && _batch.TokenCount + window.Length > _batchTokens)
                    Score(answers);
                inputs.Append(window, _batch);
                _windows.Add(window);
                _owners.Add(question);
            }
        }
        if (_batch.Count > 0)
            Score(answers);
        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();

    /// <summary>Scores the batch, and decodes the answers of the questions that have no window left.</summary>
    private void Score(AnswerList[] answers)
    {
        _pass.Begin();
        ReadOnlySpan<float> logits = _head.Read(_pass, _head.Forward(_pass, _batch, _windows));
        for (int i = 0; i < _batch.Count; i++)
        {
            OpenQuestion owner = _owners[i];
            owner.Decoder.Add(_windows[i], logits[(2 * _batch.Bounds[i])..(2 * _batch.Bounds[i + 1])]);
            if (--owner.WindowsLeft == 0)
                answers[owner.Index] = owner.Decoder.Decode(owner.Context, owner.Tokens.Starts, owner.Tokens.Ends);
        }
        ClearBatch();
    }

    private void ClearBatch()
    {
        _batch.Clear();
        _windows.Clear();
        _owners.Clear();
    }

    /// <summary>A question with windows that are not scored yet.</summary>
    private sealed record OpenQuestion(int Index, string Context, ContextTokens Tokens, SpanDecoder Decoder)
    {
        public int WindowsLeft { get; set; }
    }
}
