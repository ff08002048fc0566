using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>Small trainings with everything on, to be run whole or in parts, here or in a process of their own.</summary>
internal static class Scenario
{
    public const string Diffusion = "diffusion", Toy = "toy";

    public static readonly TrainingOptions Everything = new()
    {
        Epochs = 5, BatchTokens = 60, BatchSize = 4, AccumulationSteps = 2, LearningRate = 5e-3, WarmUp = .1, Decay = RateDecay.Cosine,
            WeightDecay = .05,
        LayerDecay = .8, FreezeEmbeddings = true, ReinitializedLayers = 1, EmaDecay = .9, ValidationInterval = 3, Patience = 12,
        MinImprovement = 1e-4,
        CheckpointInterval = 1, ReportInterval = 1, Seed = 4,
    };

    /// <summary>Runs to the end, or until canceled: the hash of the weights, and the report without its times.</summary>
    public static (string Weights, string Report) Run(
        string scenario, string? directory, int threads = 1, Action<TrainingProgress>? progress = null,
        Func<TrainingOptions, TrainingOptions>? change = null, CancellationToken cancellationToken = default)
    {
        using Engine engine = TestEngine.Create(threads);
        TrainingOptions options = Everything with { CheckpointDirectory = directory };
        options = change is null ? options : change(options);
        if (scenario == Toy)
        {
            using var toy = new ToyTask(engine, count: 50, dropout: .2);
            return Run(engine, toy, options, progress, cancellationToken);
        }
        using MaskedLanguageModel model = TrainerTests.Model("bert", engine);
        return Run(engine, TrainerTests.Task(model, TrainerTests.Texts(5, 2)), options, progress, cancellationToken);
    }

    /// <summary>A line "step N" for each step of the run, each answered by a line before it goes on, then
    /// one each for weights and report.</summary>
    public static int RunAsChild(string scenario, string directory)
    {
        (string weights, string report) = Run(scenario, directory, progress: row =>
        {
            Write($"step {row.Step}");
            Console.In.ReadLine();
        });
        Write("weights " + weights);
        Write("report " + report);
        return 0;

        static void Write(string line)
        {
            Console.WriteLine(line);
            Console.Out.Flush();
        }
    }

    private static (string Weights, string Report) Run(Engine engine, TrainingTask task, TrainingOptions options,
        Action<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        TrainingReport report = Trainer.Run(engine, task, options, progress, cancellationToken: cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter parameter in task.Parameters.All)
        {
            float[] values = new float[parameter.Length];
            engine.Read(parameter, 0, values);
            hash.AppendData(MemoryMarshal.AsBytes<float>(values));
        }
        return (Convert.ToHexString(hash.GetHashAndReset()), Timeless(report));
    }

    /// <summary>The report's rows in one line, without seconds.</summary>
    public static string Timeless(TrainingReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.Stop} {report.BestStep} | ")
        + string.Join(" | ", report.ToCsv().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => string.Join(',', row.Split(',').Where((_, column) => column != 3))));
}
