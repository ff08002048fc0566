using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Squad;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>
/// Answers every question in the same way, whatever the question: with the first words of the context, with its first sentence, with the
/// whole context, or with no answer. The way is chosen by its score on the training questions.
/// </summary>
internal sealed class ConstantBaseline
{
    private static readonly (string Name, Func<string, string> Answer)[] s_ways =
    [
        ("no answer", _ => ""),
        ("all of the context", context => context),
        ("its first sentence", FirstSentence),
        .. ((int[])[1, 2, 3, 5, 8, 10, 15, 20, 30])
            .Select(count => ($"its first {count} words", (Func<string, string>)(context => FirstWords(context, count)))),
    ];

    private readonly Func<string, string> _answer;

    /// <summary>Chooses a way.</summary>
    /// <param name="train">The training questions.</param>
    /// <param name="score">The score to maximize.</param>
    public ConstantBaseline(IReadOnlyList<SquadQuestion> train, Func<SquadReport, double> score) =>
        (Name, _answer) = s_ways.MaxBy(way => score(Score(train, question => way.Answer(question.Context))));

    /// <summary>The chosen way.</summary>
    public string Name { get; }

    /// <summary>The answer to a question.</summary>
    public string Answer(SquadQuestion question) => _answer(question.Context);

    /// <summary>Scores a way of answering by the official rules.</summary>
    public static SquadReport Score(IReadOnlyList<SquadQuestion> questions, Func<SquadQuestion, string> answer)
    {
        var evaluator =
            new SquadEvaluator(questions.Any(question => question.GoldTexts.Count == 0) ? SquadRules.Version2 : SquadRules.Version1);
        foreach (SquadQuestion question in questions)
            evaluator.Add(answer(question), question.GoldTexts);
        return evaluator.Report();
    }

    private static string FirstSentence(string context)
    {
        for (int i = 0; i + 1 < context.Length; i++)
        {
            if (context[i] is '.' or '!' or '?' && context[i + 1] == ' ')
                return context[..(i + 1)];
        }
        return context;
    }

    private static string FirstWords(string context, int count)
    {
        int end = 0;
        for (int i = 0; i < count && end >= 0; i++)
            end = context.IndexOf(' ', Math.Min(end + 1, context.Length));
        return end < 0 ? context : context[..end];
    }
}
