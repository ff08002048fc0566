using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>finetune</c>: a classifier's training steps (forward, backward, AdamW, with dropout) on batches of texts as long as those of SST-2,
/// with the processor's peak in the same run.
/// </summary>
internal static class FinetuneCommand
{
    private const int Classes = 2;
    private const double DropoutRate = .1;

    public static Command Create()
    {
        var command = new Command("finetune", "Fine-tuning a classifier of sentences, as fast as the peak of multiply-adds allows?");
        var options = new ModelOptions("mini", 32, null, 30522, command);
        Option<int> steps = ModelOptions.Positive("--steps", "Steps in a run.", 4);
        command.Options.Add(steps);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(options.Batch), result.GetValue(steps),
            result.GetValue(options.Vocabulary), result.GetValue(options.Runs), result.GetValue(options.Threads)));
        return command;
    }

    public static void Run(EncoderSize size, int batch, int steps, int vocabulary, int runs, int threads)
    {
        using var directory = new TemporaryModel(size, vocabulary);
        using CpuEngine engine = CpuEngine.Create(threads);
        var head = new TaskConfiguration(TaskKind.SequenceClassification, ["0", "1"], SingleLabelProblem.ProblemName);
        using TaskModel model = directory.Model.LoadForTask(head, engine, seed: 1, TextPooling.Mean, DropoutRate);
        model.PrepareForTraining();
        var problem = new SingleLabelProblem(Classes);
        var examples = new SequenceExamples(new TextSequences(directory.Model.Tokenizer, model.Family, model.Configuration),
            problem.TargetSize(Classes));
        var texts = new MadeTexts(directory.Model.Tokenizer);
        while (examples.Count < batch * steps)
            examples.Add(string.Join(' ', texts.Review()), second: null, examples.Count % Classes);
        var task = new SequenceClassificationTask(model, problem, examples);
        var plan = new BatchPlan(task, batchTokens: int.MaxValue, batch, seed: 1, epoch: 0);
        var optimizer = new Optimizer(engine, model.Parameters, new TrainingOptions());
        using Pass pass = Pass.ForTraining(engine);
        ulong number = 0;

        (Measurement measurement, double peak) = FmaPeak.Around(engine.Threads, () => Measurement.Of(() =>
        {
            for (int i = 0; i < plan.Count; i++)
            {
                optimizer.ClearGradients();
                pass.Begin(Philox.Mix(1, number));
                BatchLoss loss = task.Forward(pass, plan[i], (long)number++);
                pass.Backward();
                optimizer.Step(1e-7, loss.Weight); // a rate so low that the weights hardly change, however many steps there are
            }
        }, runs));
        int tokens = examples.Texts.Sequences.TokenCount;
        double operations = 3 * Enumerable.Range(0, examples.Count).Sum(i => size.EncoderOperations(task.Length(i)));
        JsonLine.Write("finetune", measurement,
        [
            ("size", size.Name), ("batch", batch), ("steps", steps), ("vocabulary", vocabulary),
            ("tokens_per_sequence", Math.Round((double)tokens / examples.Count, 1)),
            ("tokens_per_s", Math.Round(measurement.PerSecond(tokens))),
            .. JsonLine.OfPeak(measurement, operations, peak), ("engine", engine.Name),
        ]);
    }
}
