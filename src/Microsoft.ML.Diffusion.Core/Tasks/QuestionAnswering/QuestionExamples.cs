using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Training questions, split into windows, each with the tokens where its answer starts and ends. Questions that cannot be learned from are
/// skipped and counted.
/// </summary>
public sealed class QuestionExamples
{
    private readonly QuestionEncoder _encoder;
    private readonly List<QuestionWindow> _windows = [];
    private readonly List<TokenSpan> _targets = [];
    private readonly bool _allowNoAnswer;

    /// <summary>Starts a collection.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="windows">How contexts are split.</param>
    /// <param name="allowNoAnswer">Whether questions without an answer are used for training.</param>
    /// <exception cref="ArgumentException">The windows leave no room.</exception>
    public QuestionExamples(Tokenizer tokenizer, QuestionWindowOptions windows, bool allowNoAnswer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(windows);
        windows.Validate();
        _encoder = new QuestionEncoder(tokenizer, windows);
        (Windows, _allowNoAnswer) = (windows, allowNoAnswer);
    }

    /// <summary>How contexts are split.</summary>
    public QuestionWindowOptions Windows { get; }

    /// <summary>The inputs, one per window.</summary>
    public RaggedTokens Sequences { get; } = new();

    /// <summary>The number of training questions.</summary>
    public int Questions { get; private set; }

    /// <summary>The number of training questions without an answer.</summary>
    public int Unanswerable { get; private set; }

    /// <summary>The number of training questions whose context takes several windows.</summary>
    public int SplitContexts { get; private set; }

    /// <summary>
    /// The number of training questions longer than <see cref="QuestionWindowOptions.MaxQuestionTokens"/>, which lost their end.
    /// </summary>
    public int CutQuestions { get; private set; }

    /// <summary>Skipped: answers that do not stand in their context at the given place, or have no token.</summary>
    public int MisplacedAnswers { get; private set; }

    /// <summary>Skipped: answers that no window contains in full, since they are longer than the overlap of two windows.</summary>
    public int AnswersInNoWindow { get; private set; }

    /// <summary>Skipped: questions without an answer, if those are not used.</summary>
    public int UnwantedQuestions { get; private set; }

    /// <summary>Skipped: questions, or contexts without an answer, that have no token.</summary>
    public int EmptyTexts { get; private set; }

    /// <summary>The number of lone surrogates; each was read as U+FFFD.</summary>
    public long LoneSurrogates { get; private set; }

    /// <summary>The positions of the answer in an input; (0, 0), the classification token, if it is not in it.</summary>
    internal TokenSpan Target(int example) => _targets[example];

    /// <summary>An input.</summary>
    internal QuestionWindow Window(int example) => _windows[example];

    /// <summary>Adds a question.</summary>
    /// <param name="asked">The question and its context.</param>
    /// <param name="answer">The answer, as it stands in the context; empty if there is none.</param>
    /// <param name="answerStart">Where it starts in the context, in UTF-16 characters; ignored if there is none.</param>
    public void Add(AskedQuestion asked, string answer, int answerStart)
    {
        ArgumentNullException.ThrowIfNull(asked.Context);
        ArgumentNullException.ThrowIfNull(asked.Question);
        ArgumentNullException.ThrowIfNull(answer);
        bool hasAnswer = answer.Length > 0;
        if (!hasAnswer && !_allowNoAnswer)
        {
            UnwantedQuestions++;
            return;
        }
        if (hasAnswer && !IsAt(asked.Context, answer, answerStart))
        {
            MisplacedAnswers++;
            return;
        }
        QuestionInputs inputs = _encoder.Encode(asked);
        if (inputs.QuestionTokens == 0 || inputs.Context.Ids.Length == 0)
        {
            EmptyTexts++;
            return;
        }
        TokenSpan? span = hasAnswer
            ? AnswerTokens.Find(inputs.Context.Starts, inputs.Context.Ends, answerStart, answerStart + answer.Length)
            : null;
        if (hasAnswer && span is null)
        {
            MisplacedAnswers++;
            return;
        }
        TokenSpan[] targets = Array.ConvertAll(inputs.Windows, window => window.Target(span));
        if (hasAnswer && Array.TrueForAll(targets, target => target == default))
        {
            AnswersInNoWindow++;
            return;
        }
        for (int i = 0; i < targets.Length; i++)
        {
            inputs.Append(inputs.Windows[i], Sequences);
            _windows.Add(inputs.Windows[i]);
            _targets.Add(targets[i]);
        }
        Questions++;
        Unanswerable += hasAnswer ? 0 : 1;
        SplitContexts += targets.Length > 1 ? 1 : 0;
        CutQuestions += inputs.IsQuestionCut ? 1 : 0;
        LoneSurrogates += inputs.LoneSurrogates;
    }

    /// <summary>Whether an answer stands in a context at the given place.</summary>
    internal static bool IsAt(string context, string answer, int start) =>
        start >= 0 && start <= context.Length && context.AsSpan(start).StartsWith(answer, StringComparison.Ordinal);
}
