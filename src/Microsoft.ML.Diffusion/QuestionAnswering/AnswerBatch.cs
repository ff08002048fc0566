using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>Rows of questions whose windows are scored together. It logs a warning for questions that were cut or repaired.</summary>
internal sealed class AnswerBatch : RowBatch
{
    private readonly ModelUse<TaskModel> _use;
    private readonly Func<TaskModel, AnswerPredictor> _createPredictor;
    private readonly bool _warnsAtOnce;
    private readonly int _topK;
    private readonly ValueGetter<ReadOnlyMemory<char>> _getContext, _getQuestion;
    private readonly AskedQuestion[] _questions;
    private readonly AnswerList[] _answers;
    private AnswerPredictor? _predictor; // created late: prediction engines request the getters of all columns and may use none
    private long _asked;
    private bool _disposed;

    /// <summary>Creates a batch.</summary>
    /// <param name="use">The model.</param>
    /// <param name="createPredictor">Creates the predictor.</param>
    /// <param name="topK">The maximum number of answers for a row.</param>
    /// <param name="getContext">Returns the input's current context.</param>
    /// <param name="getQuestion">Returns the input's current question.</param>
    /// <param name="capacity">The number of slots.</param>
    /// <param name="warnsAtOnce">
    /// Whether the first cut or repaired question is logged immediately, and not when the batch is disposed.
    /// </param>
    public AnswerBatch(
        ModelUse<TaskModel> use, Func<TaskModel, AnswerPredictor> createPredictor, int topK,
        ValueGetter<ReadOnlyMemory<char>> getContext, ValueGetter<ReadOnlyMemory<char>> getQuestion, int capacity, bool warnsAtOnce)
    {
        (_use, _createPredictor, _topK, _warnsAtOnce) = (use, createPredictor, topK, warnsAtOnce);
        (_getContext, _getQuestion) = (getContext, getQuestion);
        (_questions, _answers) = (new AskedQuestion[capacity], new AnswerList[capacity]);
    }

    public override void Read(int slot)
    {
        ReadOnlyMemory<char> context = default, question = default;
        _getContext(ref context);
        _getQuestion(ref question);
        _questions[slot] = new AskedQuestion(context.ToString(), question.ToString());
    }

    public override int Compute(int first, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        bool warned = HasBadInputs;
        AnswerList[] answers = _use.Run((model, cancellationToken) =>
            (_predictor ??= _createPredictor(model)).Predict(_questions[first..(first + count)], cancellationToken));
        answers.CopyTo(_answers, first);
        _asked += count;
        if (_warnsAtOnce && !warned)
            Warn();
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => column switch
    {
        0 => MakeGetter(slot, candidate => candidate.Text.AsMemory()),
        1 => MakeGetter(slot, candidate => (float)candidate.Probability),
        2 => MakeGetter(slot, candidate => candidate.Start),
        _ => (ValueGetter<float>)((ref float value) => value = (float)_answers[slot()].NoAnswerMargin),
    };

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (!_warnsAtOnce)
            Warn();
        _predictor?.Dispose();
    }

    private ValueGetter<VBuffer<TItem>> MakeGetter<TItem>(Func<int> slot, Func<AnswerCandidate, TItem> of) => (ref VBuffer<TItem> value) =>
        VectorValue.Copy([.. Ranked(_answers[slot()]).Take(_topK)], of, ref value);

    /// <summary>The predicted answer, then the others by falling score.</summary>
    private static IEnumerable<AnswerCandidate> Ranked(AnswerList answers) =>
        answers.Answer is null ? answers.Candidates : answers.Candidates.Where(candidate => candidate != answers.Answer)
            .Prepend(answers.Answer);

    /// <summary>Whether there is something to warn about.</summary>
    private bool HasBadInputs => _predictor is { CutQuestions: > 0 } or { LoneSurrogates: > 0 };

    private void Warn()
    {
        if (!HasBadInputs)
            return;
        using IChannel channel = _use.Host.Start("Answer");
        if (_predictor!.CutQuestions > 0)
            channel.Warning("{0} of {1} questions are longer than MaxQuestionTokens, and their ends were not read.",
                _predictor.CutQuestions, _asked);
        if (_predictor.LoneSurrogates > 0)
            channel.Warning("{0} lone surrogates in {1} questions and their contexts were read as U+FFFD.",
                _predictor.LoneSurrogates, _asked);
        if (_warnsAtOnce)
            channel.Warning("Further questions like this are not logged for the same prediction engine or cursor.");
    }
}
