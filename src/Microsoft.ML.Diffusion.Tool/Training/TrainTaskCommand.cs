using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>A command that trains for one task: its options and its course are the same for all.</summary>
internal abstract class TrainTaskCommand : ToolCommand
{
    private readonly Option<string> _data = new("--data") { HelpName = "FILE", Required = true };

    private readonly Option<string?> _validation = new("--validation")
    {
        HelpName = "FILE", Description = "A file of examples, of the same form, that measures the training; the best weights are kept.",
    };

    private readonly Option<double?> _validationShare = NumberOption.Optional(
        "--validation-share", "SHARE", "The share of the examples that is held out for this instead, such as 0.1.", 0.0, 0.99);

    private readonly Option<string> _output = new("--output", "-o")
    {
        HelpName = "PATH",
        Description = "The trained model: a .zip by its extension, otherwise a Hugging Face directory. A model there is replaced when " +
            "the new one is complete.",
        Required = true,
    };

    private readonly Option<double?> _epochs = NumberOption.Optional(
        "--epochs", "N", "The number of passes over the examples. The default is 3, or as many as 100 steps need.", 0.001);

    private readonly Option<double?> _rate = NumberOption.Optional(
        "--rate", "R", "The highest learning rate. The default goes by the model's width.", 1e-12);

    private readonly Option<int?> _batch = NumberOption.Optional(
        "--batch", "N", "The number of examples in a batch. The default is 32.", 1);

    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        HelpName = "DIR", Description = "The directory of snapshots: after an interruption the same command continues from the last one.",
    };

    private readonly ModelOption _model = new(isRequired: false, mayBeZip: false);
    private readonly ComputeOptions _compute;

    /// <summary>Creates the command; <see cref="Complete"/> adds its options.</summary>
    /// <param name="terminal">The terminal.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its description.</param>
    /// <param name="data">The description of the file of examples.</param>
    /// <param name="examples">Examples for the help.</param>
    protected TrainTaskCommand(Terminal terminal, string name, string description, string data, params string[] examples)
        : base(name, description, examples)
    {
        Terminal = terminal;
        _compute = new ComputeOptions(terminal, hasSeed: true);
        _data.Description = data;
    }

    /// <summary>The terminal.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Adds the options, the task's own ones beside the data's, and sets what the command does.</summary>
    protected void Complete(params Option[] own)
    {
        Add([
            _data, .. own, _output, _model.Option, _validation, _validationShare, _epochs, _rate, _batch, _checkpoint, .. _compute.All,
        ]);
        Run(Train);
    }

    /// <summary>Reads a file of examples, and warns of what is odd in the training file.</summary>
    protected abstract IDataView Read(MLContext mlContext, ParseResult result, string path, bool isTraining);

    /// <summary>Makes the task's trainer.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="result">The arguments.</param>
    /// <param name="data">The training examples.</param>
    /// <param name="fill">Sets the options that all trainers have.</param>
    protected abstract ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill);

    private void Train(ParseResult result, CancellationToken cancellationToken)
    {
        string output = result.GetValue(_output)!;
        if (result.GetValue(_validation) is not null && result.GetValue(_validationShare) is not null)
            throw new UsageException("There are --validation and --validation-share; expected one of the two.");
        EncoderModel model = _model.Encoder(result);
        OutputPath.Check(output, WeightBytes(model));
        MLContext mlContext = _compute.CreateContext(result);
        IDataView data = Read(mlContext, result, result.GetValue(_data)!, isTraining: true);
        IDataView? validation = result.GetValue(_validation) is string path ? Read(mlContext, result, path, isTraining: false) : null;
        TrainingReports? progress = null;
        using TrainedModel trained = Resumable(result, () => Terminal.Show("training", report =>
        {
            progress = new TrainingReports(report);
            ITaskTrainer trainer = MakeTrainer(mlContext, result, data, options =>
            {
                options.Model = model;
                options.Epochs = result.GetValue(_epochs) ?? options.Epochs;
                options.LearningRate = result.GetValue(_rate);
                options.BatchSize = result.GetValue(_batch) ?? options.BatchSize;
                options.ValidationSet = validation;
                if (validation is null && result.GetValue(_validationShare) is double share)
                    options.ValidationFraction = share;
                options.CheckpointDirectory = result.GetValue(_checkpoint);
                options.Seed = _compute.Seed(result);
                options.Threads = _compute.Threads(result);
                options.Progress = progress;
                options.ProgressInterval = TimeSpan.FromSeconds(0.5);
                options.CancellationToken = cancellationToken;
            });
            return trainer.Fit(data);
        }));
        if (OutputPath.IsZip(output))
            mlContext.Model.SaveAtomically(trained.Pipeline, trained.InputSchema, output, cancellationToken);
        else
            trained.SaveToDirectory(output);
        Tell(progress!, output);
    }

    /// <summary>Says after an interruption how to continue.</summary>
    private T Resumable<T>(ParseResult result, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException) when (result.GetValue(_checkpoint) is string folder)
        {
            Terminal.Error.WriteLine($"The snapshot is in '{folder}'; the same command continues from it.");
            throw;
        }
    }

    private void Tell(TrainingReports progress, string output)
    {
        TrainingProgress last = progress.Last;
        if (last.Steps == 0)
            Terminal.Output.WriteLine("The training was complete already, as its snapshot says.");
        else
            Terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{last.Steps} steps, {last.Epoch:F1} epochs, {last.Elapsed.TotalSeconds:F0} s, loss {last.Loss:F3}") +
                (progress.Validation is Evaluation measured ? $", validation: {measured}" : ""));
        Terminal.Output.WriteLine($"'{output}' ({TextForms.Bytes(ModelPath.Size(output))})");
        Terminal.Output.Flush();
    }

    /// <summary>About the size of the new model.</summary>
    private static long WeightBytes(EncoderModel model)
    {
        long bytes = 0;
        foreach (string name in model.Files.Names.Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal) ||
            name.EndsWith(".bin", StringComparison.Ordinal)))
        {
            using Checkpoints.ModelFile file = model.Files.Open(name);
            bytes += file.Length;
        }
        return bytes;
    }
}
