using System.CommandLine;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;
using Microsoft.ML.Diffusion.Tool.Training;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>pretrain</c>: trains a ModernBERT encoder from nothing, or on, by masked diffusion on texts.</summary>
internal sealed class PretrainCommand : ToolCommand
{
    private readonly Option<string[]> _text = new("--text")
    {
        HelpName = "FILE", Required = true, AllowMultipleArgumentsPerToken = true,
        Description = "The texts. A file with empty lines holds documents, which they separate, and the model learns where documents end.",
    };

    private readonly Option<string?> _validation = new("--validation")
    {
        HelpName = "FILE", Description = "The texts that measure the training.",
    };

    private readonly Option<string?> _vocabulary = new("--vocabulary")
    {
        HelpName = "DIR", Description = "The tokenizer of a new model, as the command vocabulary makes it.",
    };

    private readonly Option<string?> _model = new("--model", "-m")
    {
        HelpName = "DIR", Description = "A model to train on, instead of a new one.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        HelpName = "DIR", Description = "The directory of the trained model, saved at every snapshot.", Required = true,
    };

    private readonly Option<int> _layers = Number("--layers", "The number of layers of a new model.", 4);
    private readonly Option<int> _hidden = Number("--hidden", "Its hidden size.", 256);
    private readonly Option<int> _heads = Number("--heads", "Its number of attention heads.", 4);
    private readonly Option<int> _intermediate = Number("--intermediate", "The size of its feed-forward layers.", 768);
    private readonly Option<int> _length = Number("--length", "The maximum number of tokens of a sequence.", 256);
    private readonly Option<int> _batch = Number("--batch", "The number of tokens in a batch.", 2048);
    private readonly Option<double> _tokens = new("--tokens")
    {
        HelpName = "MILLIONS", Description = "The number of tokens to train on, in millions.", DefaultValueFactory = _ => 20,
    };

    private readonly Option<double> _rate = new("--rate")
    {
        HelpName = "R", Description = "The highest learning rate.", DefaultValueFactory = _ => 1e-3,
    };
    private readonly Option<RateDecay> _decay = new("--decay")
    {
        Description = "How the rate falls.", DefaultValueFactory = _ => RateDecay.Linear,
    };
    private readonly Option<double> _ema = new("--ema")
    {
        HelpName = "D", Description = "The decay of the average of the weights, which is what is saved; 0 for none.",
    };
    private readonly Option<string> _schedule = new("--schedule")
    {
        HelpName = "NAME", Description = "The mask schedule.", DefaultValueFactory = _ => "Linear",
    };

    private readonly Option<double> _prefixes = new("--prefix-share")
    {
        HelpName = "SHARE", Description = "The share of sequences that keep a clean beginning, as a prompt.",
        DefaultValueFactory = _ => 0.15,
    };

    private readonly Option<double> _tails = new("--tail-share")
    {
        HelpName = "SHARE", Description = "The share of documents that closing tokens follow, so that the model learns to end early.",
    };

    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        HelpName = "DIR", Description = "The directory of snapshots: after an interruption the same command continues from the last one.",
    };

    private readonly Terminal _terminal;
    private readonly Option<int> _threads = Number("--threads", "The number of threads; 0 for one per processor.", 0);
    private readonly Option<int> _seed = Number("--seed", "The seed of all randomness.", 1);

    public PretrainCommand(Terminal terminal) : base(
        "pretrain", "Trains an encoder from nothing, or on, by masked diffusion on texts: it can then write, and be trained for tasks.",
        "pretrain --text stories.txt --vocabulary vocabulary --validation held-out.txt --output model --checkpoint snapshots",
        "pretrain --text manuals.txt --model DIR --tokens 5 --output adapted")
    {
        _terminal = terminal;
        Add(
            _text, _validation, _vocabulary, _model, _output, _layers, _hidden, _heads, _intermediate, _length, _tokens, _batch, _rate,
            _decay, _ema, _schedule, _prefixes, _tails, _checkpoint, _seed, _threads);
        Run(Pretrain);
    }

    private static Option<int> Number(string name, string description, int value) =>
        NumberOption.Of(name, "N", description, value, min: name is "--threads" or "--seed" ? 0 : 1);

    private void Pretrain(ParseResult result, CancellationToken cancellationToken)
    {
        string? start = result.GetValue(_model);
        if (start is null == result.GetValue(_vocabulary) is null)
            throw new UsageException("Expected one of --vocabulary, for a new model, and --model, for one to train on.");
        Tokenizer tokenizer = Tokenizer.FromDirectory(start ?? result.GetValue(_vocabulary)!);
        string output = result.GetValue(_output)!;
        using var engine = CpuEngine.Create(result.GetValue(_threads));
        using MaskedLanguageModel model = start is null
            ? MaskedLanguageModel.Initialize(
                EncoderFamily.ModernBert, Configuration(result, tokenizer), engine, (ulong)result.GetValue(_seed))
            : EncoderModel.FromDirectory(start).LoadForTraining(engine, cancellationToken: cancellationToken);
        int length = Math.Min(result.GetValue(_length), model.Configuration.MaxLength);
        var documents = new DocumentTexts(tokenizer, length, result.GetValue(_tails));
        MaskedTexts texts = documents.Read(result.GetValue(_text)!);
        MaskedTexts? held = result.GetValue(_validation) is string file ? documents.Read([file]) : null;
        if (texts.Sequences.TokenCount == 0)
            throw new InputException($"'{string.Join("', '", result.GetValue(_text)!)}' hold no text; expected some to train on.");
        Models.OutputPath.Check(output, 4 * model.Parameters.Length);
        model.PrepareForTraining(cancellationToken);
        var masking = new MaskingOptions
        {
            Schedule = MaskSchedule.Parse(result.GetValue(_schedule)!),
            PrefixShare = result.GetValue(_prefixes),
            MinTime = 0.03,
            Seed = (ulong)result.GetValue(_seed),
        };
        var task = new MaskedDiffusionTask(model, tokenizer, texts, masking, held, start is null ? 1000 : 0);
        double epochs = result.GetValue(_tokens) * 1e6 / texts.Sequences.TokenCount;
        var options = new TrainingOptions
        {
            Epochs = epochs,
            BatchTokens = result.GetValue(_batch),
            LearningRate = result.GetValue(_rate),
            WarmUp = 0.01,
            Decay = result.GetValue(_decay),
            WeightDecay = 0.05,
            Beta2 = 0.98,
            Seed = (ulong)result.GetValue(_seed),
            EmaDecay = result.GetValue(_ema),
            CheckpointDirectory = result.GetValue(_checkpoint),
            ValidationInterval = held is null ? 0 : 500,
            KeepBest = false,
            CheckpointInterval = 500,
            ReportInterval = 10,
        };
        TrainingReports? progress = null;
        _terminal.Show("pretraining", report =>
        {
            progress = new TrainingReports(report);
            Trainer.Run(engine, task, options, progress.Report, _ => Save(), cancellationToken);
            return true;
        });
        Save();
        _terminal.Output.WriteLine($"{progress!.Last}");
        _terminal.Output.WriteLine($"'{output}' ({TextForms.Bytes(Models.ModelPath.Size(output))})");
        _terminal.Output.Flush();

        void Save() => EncoderCheckpoint.Save(model, tokenizer, output, ElementType.Float16, cancellationToken);
    }

    private EncoderConfiguration Configuration(ParseResult result, Tokenizer tokenizer) => new()
    {
        VocabularySize = tokenizer.VocabularySize,
        HiddenSize = result.GetValue(_hidden),
        Layers = result.GetValue(_layers),
        MaxLength = result.GetValue(_length),
        Attention = new AttentionConfiguration
        {
            Heads = result.GetValue(_heads), HasBias = false, GlobalLayers = LayerPattern.All, LocalWindow = result.GetValue(_length),
            GlobalTheta = 10000, LocalTheta = 10000,
        },
        FeedForward = new FeedForwardConfiguration { Width = result.GetValue(_intermediate), HasBias = false },
        Norm = new NormConfiguration { Epsilon = 1e-5, HasBias = false },
        Head = new HeadConfiguration { HasBias = false },
        PadToken = tokenizer.PadToken,
    };
}
