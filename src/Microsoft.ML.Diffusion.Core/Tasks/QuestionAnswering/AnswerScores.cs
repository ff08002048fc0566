using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Squad;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Scores answers by SQuAD's official rules: version 2.0's if a question has no gold answer, otherwise version 1.1's. The best thresholds
/// are those of <see cref="AnswerList.NoAnswerMargin"/>, over the best answers with text.
/// </summary>
public sealed class AnswerScores
{
    private readonly List<(string Predicted, string BestText, double Margin, IReadOnlyList<string> Golds)> _questions = [];

    /// <summary>The number of questions.</summary>
    public int Count => _questions.Count;

    /// <summary>Adds a question.</summary>
    /// <param name="predicted">The predicted answer; empty for no answer.</param>
    /// <param name="bestText">The best answer with text; empty if there is none.</param>
    /// <param name="noAnswerMargin">The score of no answer minus that of the best text.</param>
    /// <param name="golds">The right answers; none if the context contains no answer.</param>
    /// <exception cref="ArgumentException">The margin is NaN.</exception>
    public void Add(string predicted, string bestText, double noAnswerMargin, IReadOnlyList<string> golds)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(bestText);
        ArgumentNullException.ThrowIfNull(golds);
        if (double.IsNaN(noAnswerMargin))
            throw new ArgumentException("The no-answer margin is NaN; expected a number. Check the model's logits.",
                nameof(noAnswerMargin));
        _questions.Add((predicted, bestText, noAnswerMargin, golds));
    }

    /// <summary>Adds a question.</summary>
    /// <param name="answers">A model's answers.</param>
    /// <param name="golds">The right answers; none if the context contains no answer.</param>
    internal void Add(AnswerList answers, IReadOnlyList<string> golds)
    {
        ArgumentNullException.ThrowIfNull(answers);
        Add(answers.Text, answers.Candidates.FirstOrDefault(candidate => !candidate.IsNoAnswer)?.Text ?? "", answers.NoAnswerMargin, golds);
    }

    /// <summary>
    /// The scores. A best threshold of −∞ means that always predicting no answer is best; the threshold can be used as
    /// <see cref="SpanDecoderOptions.NoAnswerThreshold"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no question.</exception>
    public SquadReport Report()
    {
        SquadRules rules = _questions.Exists(question => question.Golds.Count == 0) ? SquadRules.Version2 : SquadRules.Version1;
        SquadEvaluator predicted = new(rules), texts = new(rules);
        foreach ((string answer, string bestText, double margin, IReadOnlyList<string> golds) in _questions)
        {
            predicted.Add(answer, golds, margin);
            texts.Add(bestText, golds, margin);
        }
        SquadReport best = texts.Report();
        return predicted.Report() with { BestExactMatch = Lowest(best, best.BestExactMatch), BestF1 = Lowest(best, best.BestF1) };
    }

    /// <summary>Scores a model on questions with known answers.</summary>
    /// <param name="model">A model with a question-answering head.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="windows">How contexts are split.</param>
    /// <param name="decoder">How answers are decoded.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static SquadReport Of(
        TaskModel model, Tokenizer tokenizer, QuestionWindowOptions windows, SpanDecoderOptions decoder,
        IReadOnlyList<GoldQuestion> questions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(questions);
        using var predictor = new AnswerPredictor(model, tokenizer, windows, decoder);
        AnswerList[] answers = predictor.Predict([.. questions.Select(question => question.Asked)], cancellationToken);
        var scores = new AnswerScores();
        for (int i = 0; i < answers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scores.Add(answers[i], questions[i].Golds);
        }
        return scores.Report();
    }

    /// <summary>
    /// The official script calls the threshold below which nothing is answered 0, the least probability; the least margin is −∞.
    /// </summary>
    private static SquadThreshold Lowest(SquadReport report, SquadThreshold best) =>
        best.Score > (double)report.NoAnswer.Count / report.Overall.Count ? best : best with { Threshold = double.NegativeInfinity };
}
