using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.BenchTorch;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Compute.Torch;
using Microsoft.ML.Diffusion.LoadingMemory;
using TorchSharp;

// The TorchSharp engine on libtorch's CPU beside the CPU engine; each result is a line of JSON.
// usage: bench-torch drift [steps]                  the same training on both, and on two instruction sets of the CPU engine; 200 steps
//        bench-torch parity [prompts]               the same texts written on both, by four samplers; 50 prompts
//        bench-torch memory [steps predictions]     live tensors and private memory; 1,000 steps, 10,000 predictions; on Linux
//        bench-torch cancel [attempts]              from a cancellation to the end of the work, at the size of BERT base; 10 attempts
TorchSharpEngine engine = new(torch.CPU, Precision.Float32);
GpuEngines.Register("TorchSharp", device => device == 0 ? engine : throw new NotSupportedException($"There is no device {device} but 0."));
MLContext cpu = new(seed: 1), onTorch = new(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
return args switch
{
    ["drift", .. string[] rest] => Drift(Number(rest, 0, 200)),
    ["parity", .. string[] rest] => Parity(Number(rest, 0, 50)),
    ["memory", .. string[] rest] => Memory(Number(rest, 0, 1_000), Number(rest, 1, 10_000)),
    ["cancel", .. string[] rest] => CancellationTime.Measure(onTorch, Number(rest, 0, 10)),
    _ => throw new ArgumentException("usage: bench-torch drift|parity|memory|cancel [numbers]"),
};

static int Number(string[] arguments, int index, int otherwise) =>
    index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;

int Drift(int steps)
{
    using CpuEngine narrow = CpuEngine.InstructionSet == "AVX-512" ? new CpuEngine<Lanes256, float>(0) : new CpuEngine<Lanes128, float>(0);
    foreach (double dropout in new[] { .1, 0 })
    {
        double[] onCpu = TrainingDrift.Losses(CpuEngine.Shared, steps, dropout);
        Write(engine.Name, TrainingDrift.Losses(engine, steps, dropout));
        Write(narrow.Name, TrainingDrift.Losses(narrow, steps, dropout));

        void Write(string other, double[] losses) => JsonLine.Write("drift", ("engine", CpuEngine.Shared.Name), ("other", other),
            ("dropout", dropout), ("steps", losses.Length), ("first_loss", onCpu[0]), ("last_loss", onCpu[^1]),
            ("step_1", TrainingDrift.Difference(losses, onCpu, 1)), ("steps_20", TrainingDrift.Difference(losses, onCpu, 20)),
            ("all", TrainingDrift.Difference(losses, onCpu, steps)));
    }
    return 0;
}

int Parity(int count)
{
    string[] prompts = WritingParity.Prompts(count);
    foreach (Sampler sampler in WritingParity.Samplers)
    {
        List<TextDifference> differences = WritingParity.Compare((cpu, CpuEngine.Shared, 5), (onTorch, engine, 5), sampler, prompts);
        JsonLine.Write("parity", ("sampler", sampler.ToString()), ("texts", count), ("different", differences.Count));
        foreach (TextDifference difference in differences)
            JsonLine.Write("difference", ("prompt", difference.Prompt), ("step", difference.Step), ("position", difference.Position),
                ("logit_difference", difference.LogitDifference), ("margin", difference.Margin));
    }
    return 0;
}

int Memory(int steps, int predictions)
{
    var memory = new PrivateMemory();
    using BertTextClassificationTransformer model = MemoryGrowth.Train(onTorch, steps, Every("training step", steps / 10));
    MemoryGrowth.Predict(onTorch, model, predictions, Every("prediction", predictions / 10));
    memory.Stop();
    return 0;

    Action<int, long> Every(string what, int interval) => (number, tensors) =>
    {
        if (number % interval != 0)
            return;
        GC.Collect();
        JsonLine.Write("memory", ("after", what), ("number", number), ("tensors", tensors), ("private_mb", memory.Read() / 1_000_000));
    };
}
