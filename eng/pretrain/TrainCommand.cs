using System.CommandLine;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary><c>train</c>: trains a ModernBERT-shaped encoder from fresh weights by masked diffusion on a running text.</summary>
internal static class TrainCommand
{
    /// <summary>Steps between lines of progress.</summary>
    private const int Interval = 100;

    private const int HeldOutCharacters = 200_000;

    public static Command Create()
    {
        var text = new Option<FileInfo[]>("--text")
        {
            Description = "The training texts, UTF-8.", Required = true, AllowMultipleArgumentsPerToken = true
        };
        var validation = new Option<FileInfo>("--validation")
        {
            Description = "The text for the bound (its first 200,000 characters).", Required = true
        };
        var stories =
            new Option<bool>("--stories") { Description =
                "Makes each sequence one story with its opening and its end, which is trained too; empty lines separate stories. Without " +
                "it, texts are cut anywhere." };
        var tails = new Option<double>("--tail-share") { Description =
            "With --stories: the share of stories that are followed by closing tokens up to the sequence's length." };
        var vocabulary = new Option<DirectoryInfo>("--vocabulary") { Description = "The tokenizer's directory.", Required = true };
        var output = new Option<DirectoryInfo>("--output") { Description = "The model's directory.", Required = true };
        var layers = new Option<int>("--layers") { DefaultValueFactory = _ => 4 };
        var hidden = new Option<int>("--hidden") { DefaultValueFactory = _ => 256 };
        var heads = new Option<int>("--heads") { DefaultValueFactory = _ => 4 };
        var intermediate = new Option<int>("--intermediate") { DefaultValueFactory = _ => 768 };
        var length = new Option<int>("--length") { Description = "Tokens in a sequence.", DefaultValueFactory = _ => 256 };
        var tokens = new Option<double>("--tokens") { Description = "Millions of training tokens.", DefaultValueFactory = _ => 20 };
        var batch = new Option<int>("--batch") { Description = "Tokens in a batch.", DefaultValueFactory = _ => 2048 };
        var rate = new Option<double>("--rate") { Description = "The highest learning rate.", DefaultValueFactory = _ => 1e-3 };
        var minTime = new Option<double>("--min-time")
        {
            Description = "The smallest time drawn (under Linear, the smallest mask rate).", DefaultValueFactory = _ => 0.03
        };
        var lowMaskRateSteps = new Option<int>("--low-mask-rate-steps", "--calm-steps") { Description =
            "Steps at mask rates .1 to .6 with the plain mean, at the start.", DefaultValueFactory = _ => 1000 };
        var schedule =
            new Option<string>("--schedule") { Description =
                "The mask schedule: Linear, Cosine, Clipped(0.3,0.8), RobertaDiffusion, Discrete(0.25,0.5,1), Polynomial(2), " +
                "LogLinear(0.001), or Spindle(0.1), whose histogram is that of the training text.", DefaultValueFactory = _ => "Linear" };
        var weighting = new Option<LossWeighting>("--weighting") { Description =
            "Nelbo: by −α′/(1 − α). Uniform: the plain mean over the masked tokens.",
            DefaultValueFactory = _ => LossWeighting.Nelbo };
        var smoothing = new Option<double>("--label-smoothing") { Description = "ε of label smoothing." };
        var prefixes =
            new Option<double>("--prefix-share") { Description = "The share of sequences that keep a clean beginning of random length." };
        var lengths =
            new Option<double>("--random-length-share") { Description = "The share of sequences cut to a random length; 0.01 is usual." };
        var decay = new Option<RateDecay>("--decay")
        {
            Description = "How the rate falls after the warm-up.", DefaultValueFactory = _ => RateDecay.Linear
        };
        var averaging = new Option<double>("--averaging") { Description =
            "The decay of the running average of the weights, which is what is saved; 0 for none." };
        var checkpoint = new Option<DirectoryInfo?>("--checkpoint") { Description =
            "Where snapshots are kept: the same command continues from the last one, exactly." };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per processor." };
        var start = new Option<DirectoryInfo?>("--start") { Description =
            "A model to continue from, with fresh moments; without it, fresh weights of the shape in the options." };
        var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
        var command = new Command("train", "Trains a model from nothing, or on.")
        {
            text, validation, stories, tails, vocabulary, output, layers, hidden, heads, intermediate, length, tokens, batch, rate, minTime,
                lowMaskRateSteps, schedule, weighting, smoothing,
            prefixes, lengths, decay, averaging, checkpoint, threads, start, seed,
        };
        // On another thread: the signals that end a process are heard once the action has returned its task.
        command.SetAction((result, cancellationToken) => Task.Run(() =>
        {
            Tokenizer tokenizer = Tokenizer.FromDirectory(result.GetValue(vocabulary)!.FullName);
            int maxLength = result.GetValue(length);
            using var engine = CpuEngine.Create(result.GetValue(threads));
            Log($"{engine.Name}; reading {string.Join(", ", result.GetValue(text)!.Select(file => file.Name))}");
            bool byStories = result.GetValue(stories);
            MaskedTexts texts = new(tokenizer, maxLength) { LearnEnd = byStories },
                held = new(tokenizer, maxLength) { LearnEnd = byStories };
            foreach (FileInfo file in result.GetValue(text)!)
            {
                if (byStories)
                    Stories.Add(texts, file, int.MaxValue, result.GetValue(tails));
                else
                    AddRunning(texts, file, int.MaxValue);
            }
            if (byStories)
                Stories.Add(held, result.GetValue(validation)!, HeldOutCharacters, tailShare: 0);
            else
                AddRunning(held, result.GetValue(validation)!, HeldOutCharacters);
            Log($"{texts.Sequences.Count} sequences, {texts.Sequences.TokenCount} tokens for training; {held.Sequences.TokenCount} " +
                "tokens held out");
            using MaskedLanguageModel model = result.GetValue(start) is DirectoryInfo from
                ? EncoderCheckpoint.Load(ModelFiles.FromDirectory(from.FullName), engine, cancellationToken: cancellationToken)
                : MaskedLanguageModel.Initialize(
                    EncoderFamily.ModernBert,
                    Configuration(tokenizer, maxLength, result.GetValue(layers), result.GetValue(hidden), result.GetValue(heads),
                        result.GetValue(intermediate)),
                    engine, (ulong)result.GetValue(seed));
            model.PrepareForTraining(cancellationToken);
            Log($"{model.Parameters.Length} parameters");
            var masking = new MaskingOptions
            {
                Schedule = Schedule(result.GetValue(schedule)!, texts, tokenizer),
                Weighting = result.GetValue(weighting),
                MinTime = result.GetValue(minTime),
                LabelSmoothing = result.GetValue(smoothing),
                PrefixShare = result.GetValue(prefixes),
                RandomLengthShare = result.GetValue(lengths),
                Seed = (ulong)result.GetValue(seed),
            };
            Log($"schedule {masking.Schedule}, weighting {masking.Weighting}");
            var task = new MaskedDiffusionTask(model, tokenizer, texts, masking, held, result.GetValue(lowMaskRateSteps));
            var options = new TrainingOptions
            {
                Epochs = result.GetValue(tokens) * 1e6 / texts.Sequences.TokenCount,
                BatchTokens = result.GetValue(batch),
                LearningRate = result.GetValue(rate),
                WarmUp = 0.01,
                Decay = result.GetValue(decay),
                WeightDecay = 0.05,
                Beta2 = 0.98,
                Seed = (ulong)result.GetValue(seed),
                EmaDecay = result.GetValue(averaging),
                CheckpointDirectory = result.GetValue(checkpoint)?.FullName,
                ValidationInterval = 500,
                KeepBest = false,
                CheckpointInterval = 500,
                ReportInterval = Interval,
            };
            Trainer.Run(engine, task, options, Tell, _ => Save(), cancellationToken);
            Save();
            return 0;

            void Tell(TrainingProgress progress)
            {
                if (progress.Step % Interval == 0 || progress.Validation is not null || progress.Step == progress.Steps)
                    Log(progress.ToString());
            }

            void Save() =>
                EncoderCheckpoint.Save(model, tokenizer, result.GetValue(output)!.FullName, ElementType.Float16, cancellationToken);
        }, cancellationToken));
        return command;
    }

    /// <summary>Parses a schedule's text form; Spindle(λ) alone means the one with the histogram of the texts.</summary>
    private static MaskSchedule Schedule(string text, MaskedTexts texts, Tokenizer tokenizer)
    {
        if (!text.StartsWith("Spindle(", StringComparison.OrdinalIgnoreCase) || text.Contains(',', StringComparison.Ordinal))
            return MaskSchedule.Parse(text);
        var histogram = new TokenHistogram(tokenizer.VocabularySize);
        foreach (int token in texts.Sequences.Tokens)
        {
            if (!tokenizer.IsSpecial(token))
                histogram.Add(token, 1);
        }
        return MaskSchedule.Parse($"{text.TrimEnd().TrimEnd(')')}, {histogram.ToText()})");
    }

    /// <summary>Reads a file story by story, each with its end, or as one running text.</summary>
    internal static MaskedTexts Read(FileInfo file, Tokenizer tokenizer, int maxLength, int characters, bool byStories)
    {
        var texts = new MaskedTexts(tokenizer, maxLength) { LearnEnd = byStories };
        if (byStories)
            Stories.Add(texts, file, characters, tailShare: 0);
        else
            AddRunning(texts, file, characters);
        return texts;
    }

    private static void AddRunning(MaskedTexts texts, FileInfo file, int characters)
    {
        using StreamReader reader = file.OpenText();
        texts.AddRunning(Limited(ByteLevelBpeTrainer.ReadTexts(reader), characters));
    }

    private static IEnumerable<string> Limited(IEnumerable<string> pieces, int characters)
    {
        foreach (string piece in pieces)
        {
            if (characters <= 0)
                yield break;
            yield return piece.Length <= characters ? piece : piece[..characters];
            characters -= piece.Length;
        }
    }

    private static EncoderConfiguration Configuration(Tokenizer tokenizer, int length, int layers, int hidden, int heads,
        int intermediate) => new()
    {
        VocabularySize = tokenizer.VocabularySize,
        HiddenSize = hidden,
        Layers = layers,
        MaxLength = length,
        Attention = new AttentionConfiguration
        {
            Heads = heads, HasBias = false, GlobalLayers = LayerPattern.All, LocalWindow = length, GlobalTheta = 10000, LocalTheta = 10000,
        },
        FeedForward = new FeedForwardConfiguration { Width = intermediate, HasBias = false },
        Norm = new NormConfiguration { Epsilon = 1e-5, HasBias = false },
        Head = new HeadConfiguration { HasBias = false },
        PadToken = tokenizer.PadToken,
    };

    private static void Log(string message) => Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {message}");
}
