using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Answering, whatever is asked beside it.</summary>
[TestClass]
public sealed class AnswerPredictorTests
{
    private static readonly SpanDecoderOptions s_decoder = new() { NBest = 5, MaxAnswerTokens = 4, AllowNoAnswer = true };

    [TestMethod]
    [DataRow("bert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    [DataRow("roberta")]
    [DataRow("modernbert")]
    public void Answers_do_not_depend_on_other_questions_or_batches_and_stand_in_the_context(string family)
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model(family, engine, training: false);
        QuestionWindowOptions windows = ToyQuestions.Windows with { SpecialTokensBetween = model.Family.PairSeparators };
        AskedQuestion[] questions =
            [.. Enumerable.Range(0, 12).Select(i => ToyQuestions.Of(i, length: 8 + 9 * (i % 4)).Asked), new("", "A?"), new("abc", "")];
        using AnswerPredictor predictor = new(model, ToyQuestions.Tokenizer, windows, s_decoder),
            small = new(model, ToyQuestions.Tokenizer, windows, s_decoder, batchTokens: 1);
        AnswerList[] together = predictor.Predict(questions), apart = small.Predict(questions);
        for (int i = 0; i < questions.Length; i++)
        {
            AnswerList alone = predictor.Predict([questions[i]]).Single();
            CollectionAssert.AreEqual(alone.Candidates.ToArray(), together[i].Candidates.ToArray());
            CollectionAssert.AreEqual(alone.Candidates.ToArray(), apart[i].Candidates.ToArray());
            Assert.AreEqual(1, alone.Candidates.Sum(candidate => candidate.Probability), 1e-9);
            foreach (AnswerCandidate candidate in alone.Candidates.Where(candidate => !candidate.IsNoAnswer))
                Assert.AreEqual(candidate.Text, questions[i].Context.Substring(candidate.Start, candidate.Text.Length));
        }
        Assert.IsTrue(together[12].Candidates.Single().IsNoAnswer, "an empty context has no answer");
        Assert.IsEmpty(predictor.Predict([]));
    }

    [TestMethod]
    public void Questions_HaveTheTokenizersTypes()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model("bert", engine, training: false);
        AskedQuestion question = ToyQuestions.Of(1, length: 9).Asked;
        double byFamily = Score(template: null);
        Assert.AreEqual(byFamily, Score(SequenceTemplate.Bert));
        Assert.AreNotEqual(byFamily, Score(new SequenceTemplate(0, 0, 0, 0, 0)), "no token has the type 1");
        Assert.AreNotEqual(byFamily, Score(new SequenceTemplate(0, 0, 1, 1, 1)), "the separator has the type 1");
        Assert.ThrowsExactly<TokenizerException>(() => Score(new SequenceTemplate(0, 0, 0, 2, 2)));
        Assert.ThrowsExactly<TokenizerException>(() => Score(SequenceTemplate.WithoutPairs("It makes no pairs.")));

        double Score(SequenceTemplate? template)
        {
            var tokenizer = new FakeTokenizer { Sequences = template };
            using var predictor = new AnswerPredictor(model, tokenizer, ToyQuestions.Windows, s_decoder);
            return predictor.Predict([question]).Single().Candidates[0].Probability;
        }
    }

    [TestMethod]
    public void A_context_of_a_hundred_thousand_words_is_read_whole()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model("bert", engine, training: false);
        string context = string.Concat(Enumerable.Repeat("a ", 100_000));
        using var predictor =
            new AnswerPredictor(model, ToyQuestions.Tokenizer, ToyQuestions.Windows with { StrideOverlap = 0 }, s_decoder);
        AnswerList answers = predictor.Predict([new AskedQuestion(context, "A?")]).Single();
        Assert.IsNotEmpty(answers.Candidates);
        Assert.AreEqual(0, predictor.CutQuestions);
    }

    [TestMethod]
    public void What_is_cut_or_mended_is_counted_and_cancelling_stops()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model("bert", engine, training: false);
        using var predictor = new AnswerPredictor(model, ToyQuestions.Tokenizer, ToyQuestions.Windows, s_decoder);
        predictor.Predict([new("abc\ud800", "A?"), new("abc\ud800", "Long?\udc00"), new("abc", "A?")]);
        Assert.AreEqual(1, predictor.CutQuestions);
        Assert.AreEqual(3, predictor.LoneSurrogates);
        Assert.ThrowsExactly<OperationCanceledException>(() => predictor.Predict([new("abc", "A?")], new CancellationToken(true)));
        Assert.HasCount(1, predictor.Predict([new("abc", "A?")]), "it goes on afterwards");
    }

    [TestMethod]
    public void The_best_threshold_is_the_one_that_does_best()
    {
        var scores = new AnswerScores();
        scores.Add("x", "x", -3, ["x"]);
        scores.Add("y", "y", -1, []);
        scores.Add("z", "z", -2, ["z"]);
        scores.Add("", "q", 4, []);
        SquadReport report = scores.Report();
        Assert.AreEqual(.75, report.Overall.F1);
        Assert.AreEqual(1, report.BestF1.Score);
        Assert.AreEqual(-2, report.BestF1.Threshold, "what scores no answer higher by more than this is said to have none");

        scores = new AnswerScores();
        scores.Add("x", "x", 1, []);
        scores.Add("x", "x", -1, ["y"]);
        Assert.AreEqual(new SquadThreshold(.5, double.NegativeInfinity), scores.Report().BestF1);
    }
}
