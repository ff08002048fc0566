using System.Text;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Tests.Encoders;
using Microsoft.ML.Diffusion.Text.WordPiece;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Labels of words: learned on a toy language in which a capital opens a name, and predicted.</summary>
[TestClass]
public sealed class TokenClassificationTests
{
    private const int MaxLength = 24;

    private static readonly string[] s_labels = ["B-X", "I-X", "O"];
    private static readonly WordPieceTokenizer s_tokenizer = Characters();
    private static readonly TrainingOptions s_options =
        new() { Epochs = 12, BatchTokens = 160, LearningRate = 1e-2, Seed = 4, ReportInterval = 1000 };

    [TestMethod]
    [DataRow("bert")]
    [DataRow("modernbert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    public void A_toy_language_is_learned_and_the_weights_do_not_depend_on_the_threads(string family)
    {
        (Dictionary<string, float[]> one, Evaluation before, Evaluation after) = Train(family, threads: 1);
        Assert.IsLessThan(0.6, before.Deciding.Value, before.ToString());
        Assert.IsGreaterThan(0.95, after.Deciding.Value, after.ToString());
        TinyModels.AssertSameWeights(one, Train(family, threads: 2).Weights);
    }

    [TestMethod]
    public void The_loss_is_that_of_the_labeled_words_at_their_first_tokens()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        TokenClassificationExamples examples = Examples((["ab", "Cde", "f"], [2, 0, -1]), (["Gh"], [0]), (["ij"], [-1]));
        Assert.AreEqual(2, examples.Count, "a text without labels is not an example");
        Assert.AreEqual(3, examples.WordCount);
        var batch = new RaggedTokens();
        batch.Append(Ids("[CLS]", "a", "##b", "C", "##d", "##e", "f", "[SEP]"));
        batch.Append(Ids("[CLS]", "G", "##h", "[SEP]"));
        float[] logits = new float[9];
        using (Pass plain = Pass.ForInference(engine))
        {
            plain.Begin();
            plain.Read(model.Head.ForTokens(plain, model.Encoder.Forward(plain, batch), [1, 3, 9]), logits);
        }
        double[] losses = [Loss(logits.AsSpan(0, 3), 2), Loss(logits.AsSpan(3, 3), 0), Loss(logits.AsSpan(6, 3), 0)];

        BatchLoss loss = Forward(new TokenClassificationOptions());
        Assert.AreEqual(3, loss.Weight);
        Assert.AreEqual(losses.Sum(), loss.Sum, 1e-5);
        loss = Forward(new TokenClassificationOptions { ClassWeights = [0.5f, 1, 2] });
        Assert.AreEqual(3, loss.Weight, 1e-9);
        Assert.AreEqual(2 * losses[0] + 0.5 * (losses[1] + losses[2]), loss.Sum, 1e-5);
        Assert.AreEqual(0, Forward(new TokenClassificationOptions { ClassWeights = [0, 1, 0] }).Weight);

        BatchLoss Forward(TokenClassificationOptions options)
        {
            var task = new TokenClassificationTask(model, s_tokenizer, examples, options);
            using Pass pass = Pass.ForTraining(engine, withDropout: false);
            pass.Begin();
            return task.Forward(pass, [0, 1], 0);
        }

        static double Loss(ReadOnlySpan<float> logits, int target)
        {
            double sum = 0;
            foreach (float logit in logits)
                sum += Math.Exp(logit);
            return Math.Log(sum) - logits[target];
        }
    }

    [TestMethod]
    public void Labels_of_a_text_do_not_depend_on_the_texts_beside_it()
    {
        using Engine engine = CpuEngine.Create(2);
        using TaskModel model = Model("modernbert", engine);
        model.PrepareForInference();
        WordSequence[] texts = [.. Enumerable.Range(0, 30).Select(i => Words(Sentence(i, 1 + i % 40).Words)), Words([])];
        using var all = new TokenClassifier(model, s_tokenizer, new TokenClassifierOptions { BatchTokens = 100 });
        using var alone = new TokenClassifier(model, s_tokenizer, new TokenClassifierOptions { BatchTokens = 1 });
        WordLabels[] together = all.Predict(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            WordLabels one = alone.Predict([texts[i]])[0];
            CollectionAssert.AreEqual(one.Labels, together[i].Labels);
            CollectionAssert.AreEqual(one.LogProbabilities, together[i].LogProbabilities);
            Assert.HasCount(texts[i].Words.Count, one.Labels);
        }
        Assert.AreEqual(texts.LongCount(text => text.Tokens.Length > MaxLength - 2), all.SplitTexts);
    }

    [TestMethod]
    public void Each_word_of_a_long_text_is_read_once_at_its_first_token_with_most_context()
    {
        WordSequence text = Words(Sentence(3, 100_000).Words);
        LabelWindow[] windows = LabelWindow.Cut(text, s_tokenizer, MaxLength - 2, 5);
        CollectionAssert.AreEqual(Enumerable.Range(0, 100_000).ToArray(), windows.SelectMany(window => window.Words).Order().ToArray());
        foreach (LabelWindow window in windows)
        {
            Assert.IsLessThanOrEqualTo(MaxLength, window.Tokens.Length);
            Assert.AreEqual(s_tokenizer.BeginToken, window.Tokens[0]);
            Assert.AreEqual(s_tokenizer.EndToken, window.Tokens[^1]);
            for (int i = 0; i < window.Words.Length; i++)
                Assert.AreEqual(text.Tokens[text.Words[window.Words[i]].FirstToken], window.Tokens[window.Rows[i]]);
        }
        // A word that has no neighbor in its window but the text's end has none at all.
        Assert.IsTrue(windows[1..].All(window => window.Rows.Length == 0 || window.Rows[0] > 1));
    }

    [TestMethod]
    public void A_word_longer_than_a_window_is_read_by_its_first_tokens_and_counted()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        WordSequence text = Words(["a", new string('b', 3 * MaxLength), "c"]);
        using var classifier = new TokenClassifier(model, s_tokenizer);
        Assert.HasCount(3, classifier.Predict([text])[0].Labels);
        Assert.AreEqual(1, classifier.CutWords);
        TokenClassificationExamples examples = Examples((["a", new string('b', 3 * MaxLength), "c"], [2, 2, 2]));
        Assert.AreEqual((1L, 3L), (examples.CutWords, examples.WordCount));
    }

    [TestMethod]
    public void Constrained_labels_are_a_valid_sequence()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        WordSequence[] texts = [.. Enumerable.Range(0, 40).Select(i => Words(Sentence(i, 7).Words))];
        using var free = new TokenClassifier(model, s_tokenizer);
        using var constrained = new TokenClassifier(model, s_tokenizer, new TokenClassifierOptions { ConstrainedDecoding = true });
        var rules = new TagDecoder(free.Labels);
        Assert.IsTrue(free.Predict(texts).Any(text => !rules.IsValid(text.Labels)), "fresh weights break the rules somewhere");
        Assert.IsTrue(constrained.Predict(texts).All(text => rules.IsValid(text.Labels)));
    }

    [TestMethod]
    public void What_does_not_fit_together_says_so()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        TokenClassificationExamples examples = Examples((["ab"], [2]));
        Refused(() => Examples((["a", "b"], [0])), "2 words and 1 labels");
        Refused(() => new TokenClassificationTask(model, s_tokenizer, examples, new() { ClassWeights = [1] }),
            "1 class weights for 3 labels");
        Refused(() => new TokenClassificationTask(model, s_tokenizer, examples, new() { ClassWeights = [1, float.NaN, 1] }), "is NaN");
        Refused(() => new TokenClassificationTask(model, s_tokenizer, examples, new() { LabelSmoothing = 1 }), "LabelSmoothing is 1");
        Refused(() => new TokenClassificationTask(model, s_tokenizer, Examples((["ab"], [3]))), "labels up to 3");
        Refused(() => new TokenClassifier(model, s_tokenizer, new() { Windows = new() { MaxLength = MaxLength + 1 } }),
            $"MaxLength is {MaxLength + 1}");
        Refused(() => new TokenClassifier(model, s_tokenizer, new() { Windows = new() { MaxLength = 10, StrideOverlap = 8 } }),
            "StrideOverlap is 8; expected 0 to 7");
        using TaskModel answers = Load("bert", engine, new TaskConfiguration(TaskKind.QuestionAnswering, ["start", "end"]));
        Refused(() => new TokenClassifier(answers, s_tokenizer), "for QuestionAnswering");

        static void Refused(Func<object?> action, string part) =>
            StringAssert.Contains(Assert.Throws<ArgumentException>(action).Message, part);
    }

    /// <summary>The head's bias alone, at the logarithm of the smoothed and weighted labels, reaches chance; others lose more.</summary>
    [TestMethod]
    [DataRow(0.2, new float[] { })]
    [DataRow(0.2, new[] { 0.5f, 1, 3 })]
    public void Chance_is_the_best_constant_under_smoothing_and_weights(double smoothing, float[] weights)
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        var task = new TokenClassificationTask(
            model, s_tokenizer, Examples((["ab", "Cde", "f", "g"], [2, 0, 1, 2]), (["gh"], [2])),
            new TokenClassificationOptions { ClassWeights = weights, LabelSmoothing = smoothing });
        engine.Clear(model.Parameters.All.Single(parameter => parameter.Name == "head.output.weight").Value!);
        double[] counts = [1, 1, 3];
        double[] shares =
            [.. counts.Select((count, k) => (weights.Length == 0 ? 1 : weights[k]) * ((1 - smoothing) * count + smoothing / 3 * 5))];
        Assert.AreEqual(Loss([.. shares.Select(share => (float)Math.Log(share))]), task.ChanceLoss, 1e-5);
        for (int k = 0; k < 3; k++)
        {
            foreach (float change in (float[])[-0.2f, 0.2f])
                Assert.IsGreaterThan(task.ChanceLoss + 1e-4,
                    Loss([.. shares.Select((share, i) => (float)Math.Log(share) + (i == k ? change : 0))]));
        }

        double Loss(float[] bias)
        {
            engine.Write(model.Parameters.All.Single(parameter => parameter.Name == "head.output.bias").Value!, 0, bias);
            using Pass pass = Pass.ForTraining(engine, withDropout: false);
            pass.Begin();
            return task.Forward(pass, [0, 1], 0).Mean;
        }
    }

    [TestMethod]
    public void Snapshots_differ_in_everything_that_changes_the_training()
    {
        using Engine engine = CpuEngine.Create(1);
        using TaskModel model = Model("bert", engine);
        IReadOnlyDictionary<string, string> first = Parts((["ab", "c"], [2, 0]));
        foreach ((string what, IReadOnlyDictionary<string, string> other) in new (string, IReadOnlyDictionary<string, string>)[]
        {
            ("tokens", Parts((["ad", "c"], [2, 0]))), ("words", Parts((["a", "bc"], [2, 0]))), ("labels", Parts((["ab", "c"], [2, 1]))),
            ("smoothing", Parts((["ab", "c"], [2, 0]), new() { LabelSmoothing = 0.1 })),
            ("weights", Parts((["ab", "c"], [2, 0]), new() { ClassWeights = [1, 1, 2] })),
            ("decoding", Parts((["ab", "c"], [2, 0]), new() { Prediction = new() { ConstrainedDecoding = true } })),
            ("validation", Parts((["ab", "c"], [2, 0]), tag: "B-X")),
        })
        {
            CollectionAssert.AreNotEqual(first.ToArray(), other.ToArray(), what);
        }
        CollectionAssert.AreEqual(first.ToArray(), Parts((["ab", "c"], [2, 0])).ToArray());
        // What no weight shows: the same text with another rate of dropout.
        using TaskModel dropping = Load("bert", engine, new TaskConfiguration(TaskKind.TokenClassification, s_labels), dropout: 0.1);
        dropping.PrepareForTraining();
        CollectionAssert.AreNotEqual(first.ToArray(), Parts((["ab", "c"], [2, 0]), of: dropping).ToArray());

        IReadOnlyDictionary<string, string> Parts((string[] Words, int[] Labels) text, TokenClassificationOptions? options = null,
            string tag = "O", TaskModel? of = null)
        {
            var fingerprint = new Fingerprint();
            new TokenClassificationTask(of ?? model, s_tokenizer, Examples(text), options, [new TaggedWords(Words(["a"]), [tag])])
                .Describe(fingerprint);
            return fingerprint.Parts;
        }
    }

    private static (Dictionary<string, float[]> Weights, Evaluation Before, Evaluation After) Train(string family, int threads)
    {
        using Engine engine = CpuEngine.Create(threads);
        using TaskModel model = Model(family, engine);
        TokenClassificationExamples examples =
            Examples([.. Enumerable.Range(0, 60).Select(i => Sentence(i, 2 + i % 9))
                .Select(row => (row.Words, row.Tags.Select(tag => Array.IndexOf(s_labels, tag)).ToArray()))]);
        TaggedWords[] validation =
            [.. Enumerable.Range(100, 20).Select(i => Sentence(i, 5)).Select(row => new TaggedWords(Words(row.Words), row.Tags))];
        var task = new TokenClassificationTask(model, s_tokenizer, examples, validation: validation);
        Evaluation before = task.Evaluate(default)!;
        Trainer.Run(engine, task, s_options);
        return (model.Parameters.All.ToDictionary(parameter => parameter.Name, parameter =>
        {
            float[] values = new float[parameter.Length];
            engine.Read(parameter, 0, values);
            return values;
        }), before, task.Evaluate(default)!);
    }

    /// <summary>A capital opens a name, which a word that ends in "n" goes on with.</summary>
    private static (string[] Words, string[] Tags) Sentence(int seed, int length)
    {
        var words = new string[length];
        var tags = new string[length];
        for (int i = 0; i < length; i++)
        {
            double draw = Philox.Uniform((ulong)seed, 7, (ulong)i);
            bool mayGoOn = i > 0 && tags[i - 1] != "O";
            (words[i], tags[i]) = draw < 0.3 ? ("Ab", "B-X") : draw < 0.6 && mayGoOn ? ("nc", "I-X")
                : draw < 0.8 ? ("de", "O") : ("e", "O");
        }
        return (words, tags);
    }

    private static WordSequence Words(string[] words) => WordSequence.FromWords(s_tokenizer, words);

    private static int[] Ids(params string[] spellings) => Array.ConvertAll(spellings, s_tokenizer.Find);

    /// <summary>A letter a token.</summary>
    private static WordPieceTokenizer Characters()
    {
        IEnumerable<char> letters = Enumerable.Range('a', 26).Concat(Enumerable.Range('A', 26)).Select(c => (char)c);
        string[] vocabulary =
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. letters.Select(c => $"{c}"), .. letters.Select(c => $"##{c}")];
        return WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(string.Join('\n', vocabulary)),
            new WordPieceOptions { Lowercase = false });
    }

    private static TokenClassificationExamples Examples(params (string[] Words, int[] Labels)[] texts)
    {
        var examples = new TokenClassificationExamples(s_tokenizer, Configuration(SmallModels.Configuration("bert")));
        foreach ((string[] words, int[] labels) in texts)
            examples.Add(Words(words), labels);
        return examples;
    }

    private static EncoderConfiguration Configuration(EncoderConfiguration configuration) => configuration with
    {
        VocabularySize = s_tokenizer.VocabularySize, HiddenSize = 16, MaxLength = MaxLength, InitializerRange = .1,
    };

    private static TaskModel Model(string family, Engine engine)
    {
        TaskModel model = Load(family, engine, new TaskConfiguration(TaskKind.TokenClassification, s_labels));
        model.PrepareForTraining();
        return model;
    }

    private static TaskModel Load(string family, Engine engine, TaskConfiguration task, double? dropout = null)
    {
        using MaskedLanguageModel checkpoint = SmallModels.Create(family, engine, change: Configuration);
        return EncoderCheckpoint.LoadForTask(TinyModels.Files(TinyModels.Save(checkpoint)), task, engine, seed: 3, dropout: dropout);
    }
}
