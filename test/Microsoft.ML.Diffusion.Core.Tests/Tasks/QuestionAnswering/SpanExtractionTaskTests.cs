using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Learning to find answers, on toy questions.</summary>
[TestClass]
public sealed class SpanExtractionTaskTests
{
    private static readonly SpanDecoderOptions s_decoder = new() { NBest = 5, MaxAnswerTokens = 4 };

    [TestMethod]
    [DataRow("modernbert")]
    [DataRow("bert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    public void It_learns_to_answer_questions_that_it_has_not_seen(string family)
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model(family, engine);
        var task = new SpanExtractionTask(model, ToyQuestions.Tokenizer, ToyQuestions.Examples(200), s_decoder,
            ToyQuestions.Golds(1000, 50));
        double before = task.Evaluate(default)!.Deciding.Value;
        Trainer.Run(engine, task, new TrainingOptions { Epochs = 8, BatchTokens = 250, LearningRate = 3e-3, Seed = 1 });
        Evaluation after = task.Evaluate(default)!;
        Assert.AreEqual("F1", after.Deciding.Name);
        Assert.IsLessThan(.5, before);
        Assert.IsGreaterThan(.9, after.Deciding.Value);
    }

    [TestMethod]
    public void Weights_are_a_function_of_the_seed_whatever_the_threads()
    {
        Dictionary<string, float[]> one = Train(1, 4);
        AssertSame(one, Train(1, 4));
        AssertSame(one, Train(2, 4));
        CollectionAssert.AreNotEqual(one["head.output.weight"], Train(1, 5)["head.output.weight"]);

        static Dictionary<string, float[]> Train(int threads, ulong seed)
        {
            using Engine engine = CpuEngine.Create(threads);
            using TaskModel model = ToyQuestions.Model("bert", engine);
            Trainer.Run(engine, new SpanExtractionTask(model, ToyQuestions.Tokenizer, ToyQuestions.Examples(40), s_decoder, []),
                new TrainingOptions { Epochs = 1, BatchTokens = 200, Seed = seed, LearningRate = 1e-3 });
            return model.Parameters.All.ToDictionary(parameter => parameter.Name, parameter =>
            {
                float[] values = new float[parameter.Length];
                engine.Read(parameter, 0, values);
                return values;
            });
        }

        static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
        {
            foreach ((string name, float[] values) in expected)
                Comparison.AssertSameBits(values, actual[name], name);
        }
    }

    [TestMethod]
    public void The_loss_is_the_mean_of_the_two_cross_entropies_and_its_gradient_is_right()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = ToyQuestions.Model("bert", engine);
        var examples = new QuestionExamples(ToyQuestions.Tokenizer, ToyQuestions.Windows, allowNoAnswer: true);
        examples.Add(new AskedQuestion("abcXYdefgh", "A?"), "XY", 3);
        examples.Add(new AskedQuestion("abcdefghijklmnopqrstuvwxyzabXY", "A?"), "XY", 28);
        examples.Add(new AskedQuestion("nothing", "1?"), "", -1);
        int[] all = [.. Enumerable.Range(0, examples.Sequences.Count)];
        Assert.HasCount(4, all);
        var task = new SpanExtractionTask(model, ToyQuestions.Tokenizer, examples, s_decoder, []);
        using Pass pass = Pass.ForTraining(engine, withDropout: false);

        // The loss, from the logits that the model says itself.
        double expected = 0;
        TokenSpan[] targets = [new(7, 8), default, new(4 + 14, 4 + 15), default];
        using (Pass reading = Pass.ForInference(engine))
        {
            for (int i = 0; i < all.Length; i++)
            {
                reading.Begin();
                var batch = new RaggedTokens();
                batch.Append(examples.Sequences[i]);
                int[] types = [.. Enumerable.Range(0, batch.TokenCount).Select(position => position >= 4 ? 1 : 0)];
                Tensor logits =
                    model.Head.ForTokens(reading, model.Encoder.Forward(reading, batch, types), [.. Enumerable.Range(0, batch.TokenCount)]);
                float[] values = new float[2 * batch.TokenCount];
                reading.Read(logits, values);
                expected += Half(values, 0, targets[i].First) + Half(values, 1, targets[i].Last);
            }
        }
        BatchLoss loss = Forward();
        Assert.AreEqual(4, loss.Weight);
        Assert.AreEqual(expected, loss.Sum, 1e-5);

        // Its gradient, against differences.
        foreach (Parameter parameter in model.Parameters.All)
            engine.Clear(parameter.Gradient!);
        Forward();
        pass.Backward();
        foreach (string name in (string[])["head.output.weight", "layers.1.output.weight", "embeddings.types"])
        {
            Parameter parameter = model.Parameters[name];
            float[] gradient = new float[parameter.Length], values = new float[parameter.Length];
            engine.Read(parameter.Gradient!, 0, gradient);
            engine.Read(parameter, 0, values);
            int place = Array.IndexOf(gradient, gradient.MaxBy(Math.Abs));
            const float step = 1e-2f;
            double up = At(values[place] + step), down = At(values[place] - step);
            At(values[place]);
            Assert.AreEqual((up - down) / (2 * step), gradient[place], 2e-2 * Math.Abs(gradient[place]), name);

            double At(float value)
            {
                engine.Write(parameter.Value!, place, [value]);
                return Forward().Sum;
            }
        }

        BatchLoss Forward()
        {
            pass.Begin();
            return task.Forward(pass, all, 0);
        }

        static double Half(float[] logits, int side, int target)
        {
            double sum = 0;
            for (int i = side; i < logits.Length; i += 2)
                sum += Math.Exp(logits[i]);
            return 0.5 * (Math.Log(sum) - logits[2 * target + side]);
        }
    }

    [TestMethod]
    public void What_cannot_be_learned_from_is_left_out_and_counted()
    {
        var examples = new QuestionExamples(ToyQuestions.Tokenizer, ToyQuestions.Windows, allowNoAnswer: false);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "XY", 3);
        examples.Add(new AskedQuestion("abcXYd", "  A? at length"), "XY", 3);
        examples.Add(new AskedQuestion(new string('a', 30) + "XY", "A?"), "XY", 30);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "XY", 2);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "xy", 3);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "XY", -1);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "XY", int.MaxValue);
        examples.Add(new AskedQuestion("", "A?"), "XY", 0);
        Assert.AreEqual(5, examples.MisplacedAnswers);
        examples.Add(new AskedQuestion("abcXYd", "  "), "XY", 3);
        Assert.AreEqual(1, examples.EmptyTexts);
        examples.Add(new AskedQuestion("abcXYd", "A?"), "", -1);
        Assert.AreEqual(1, examples.UnwantedQuestions);
        examples.Add(new AskedQuestion(new string('a', 30), "A?"), new string('a', 21), 1);
        Assert.AreEqual(1, examples.AnswersInNoWindow);
        Assert.AreEqual((3, 1, 1, 0), (examples.Questions, examples.CutQuestions, examples.SplitContexts, examples.Unanswerable));
        Assert.AreEqual(4, examples.Sequences.Count);
        CollectionAssert.AreEqual(examples.Sequences[0].ToArray(), examples.Sequences[1].ToArray(),
            "a question without its end and the space before it");

        var allowing = new QuestionExamples(ToyQuestions.Tokenizer, ToyQuestions.Windows, allowNoAnswer: true);
        allowing.Add(new AskedQuestion("abc", "A?"), "", -1);
        allowing.Add(new AskedQuestion("", "A?"), "", -1);
        Assert.AreEqual((1, 1, 1), (allowing.Questions, allowing.Unanswerable, allowing.EmptyTexts));
    }

    [TestMethod]
    public void A_model_that_does_not_fit_is_refused()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel asleep = ToyQuestions.Model("bert", engine, training: false);
        StringAssert.Contains(
            Refused(() => new SpanExtractionTask(asleep, ToyQuestions.Tokenizer, ToyQuestions.Examples(1), s_decoder, [])),
            "PrepareForTraining");
        StringAssert.Contains(Refused(() => new AnswerPredictor(asleep, ToyQuestions.Tokenizer,
            ToyQuestions.Windows with { MaxTokens = 26 }, s_decoder)), "MaxTokens is 26, but the model takes at most 25 tokens");

        static string Refused(Func<object> make) => Assert.ThrowsExactly<ArgumentException>(make).Message;
    }
}
