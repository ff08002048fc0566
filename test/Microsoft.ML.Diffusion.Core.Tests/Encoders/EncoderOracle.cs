using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Runs the oracle of encoders, an independent PyTorch implementation, and compares an engine with it.</summary>
internal static class EncoderOracle
{
    private static readonly string[] s_pythons = ["/usr/bin/python3", "python3"];

    /// <summary>Draws a model and writes what it gives.</summary>
    public static void RunOracle(string family, string directory, string arguments) =>
        RunPython(SharedData.Oracle(IsFirst(family) ? "encoder_golden.py" : "encoder_golden_more.py"), directory,
            $"--family {family} {arguments}");

    /// <summary>Whether the first of the two scripts has the family.</summary>
    public static bool IsFirst(string family) => family is "bert" or "roberta" or "modernbert";

    /// <summary>Compares with the <c>expected.json</c> and the gradients that the oracle wrote.</summary>
    public static void Compare(string directory, Engine engine)
    {
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "expected.json"))).RootElement;
        using MaskedLanguageModel model = EncoderCheckpoint.Load(ModelFiles.FromDirectory(directory), engine);
        (RaggedTokens batch, int[] types) = CompareHidden(model, expected);
        int[][] masked = expected.GetProperty("masked").Deserialize<int[][]>()!;
        int[] targets = [.. expected.GetProperty("targets").Deserialize<int[][]>()!.SelectMany(t => t)];

        // Loss and gradients.
        model.PrepareForTraining();
        using Pass pass = Pass.ForTraining(engine, withDropout: false);
        pass.Begin();
        int[] rows = [.. masked.SelectMany((positions, i) => positions.Select(position => batch.Bounds[i] + position))];
        float[] weights = [.. Enumerable.Repeat(1f / rows.Length, rows.Length)];
        Tensor transformed = model.Head.Transform(pass, pass.Gather(model.Encoder.Forward(pass, batch, types), rows));
        Loss late = model.Head.Loss(pass, transformed, targets, weights);
        pass.Backward();
        Assert.AreEqual(expected.GetProperty("loss.mlm.float64").GetDouble(), pass.Read(late), 1e-5);
        CompareGradients(model, directory, model.TensorNames());
    }

    /// <summary>The discriminator's own head is not part of any model yet: a head of its layout stands in for it here.</summary>
    public static void CompareDiscriminator(string directory, Engine engine)
    {
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "expected.json"))).RootElement;
        using TaskModel model = EncoderCheckpoint.LoadForTask(ModelFiles.FromDirectory(directory),
            new TaskConfiguration(TaskKind.TokenClassification, ["replaced"]), engine, seed: 1);
        (RaggedTokens batch, int[] types) = CompareHidden(model, expected);
        using var parameters = new ParameterSet();
        var head = new TaskHead(
            new TaskHeadArchitecture
            {
                Dense = "discriminator_predictions.dense", Activation = Activation.Gelu,
                Output = "discriminator_predictions.dense_prediction"
            },
            model.Configuration, 1, parameters);
        model.PrepareForTraining();
        using TensorSource weights = SafeTensorsReader.Open(Path.Combine(directory, ModelFiles.WeightsName));
        foreach (Parameter parameter in parameters.All)
        {
            string name = parameter.Name.Replace("head.dense", "discriminator_predictions.dense", StringComparison.Ordinal)
                .Replace("head.output", "discriminator_predictions.dense_prediction", StringComparison.Ordinal);
            engine.CreateValues(parameter);
            engine.CreateTraining([parameter], averages: false);
            engine.ClearGradients([parameter]);
            engine.Write(parameter, 0, weights.ReadArray(name, weights.Require(name).Shape));
        }
        using Pass pass = Pass.ForTraining(engine, withDropout: false);
        pass.Begin();
        Tensor logits = head.ForTokens(pass, model.Encoder.Forward(pass, batch, types), [.. Enumerable.Range(0, batch.TokenCount)]);
        float[] values = new float[batch.TokenCount], gradient = new float[batch.TokenCount];
        pass.Read(logits, values);
        int[] replaced = [.. expected.GetProperty("replaced").Deserialize<int[][]>()!.SelectMany(r => r)];
        double loss = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double p = 1 / (1 + Math.Exp(-values[i]));
            loss -= Math.Log(replaced[i] == 1 ? p : 1 - p) / values.Length;
            gradient[i] = (float)((p - replaced[i]) / values.Length);
        }
        Assert.AreEqual(expected.GetProperty("loss.rtd.float64").GetDouble(), loss, 1e-5);
        pass.AddLoss(logits, gradient);
        pass.Backward();
        CompareGradients(model, directory, model.Family.EncoderNames(model.Configuration), besides: 4);
    }

    /// <summary>Hidden states, and a sequence alone the same as in the batch.</summary>
    private static (RaggedTokens Batch, int[] Types) CompareHidden(EncoderWithHead model, JsonElement expected)
    {
        int[][] sequences = expected.GetProperty("batch").Deserialize<int[][]>()!;
        int[][] segments = expected.GetProperty("segments").Deserialize<int[][]>()!;
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        int[] types = model.Configuration.Embeddings.TokenTypes > 1 ? [.. segments.SelectMany(s => s)] : [];
        float[] hidden = Hidden(model, batch, types);
        float[] wanted = [.. expected.GetProperty("hidden").Deserialize<float[][][]>()!.SelectMany(s => s).SelectMany(r => r)];
        Assert.AreEqual(wanted.Length, hidden.Length);
        for (int i = 0; i < wanted.Length; i++)
            Assert.AreEqual(wanted[i], hidden[i], 1e-4f, $"hidden state {i}");
        int offset = 0;
        for (int i = 0; i < sequences.Length; i++)
        {
            var single = new RaggedTokens();
            single.Append(sequences[i]);
            float[] alone = Hidden(model, single, types.Length == 0 ? [] : segments[i]), together = hidden[offset..(offset + alone.Length)];
            if (TestEngine.IsEqualInAnyBatch)
                Comparison.AssertSameBits(together, alone, $"sequence {i} alone");
            else
                Comparison.AssertClose(together, alone, 1e-5, $"sequence {i} alone");
            offset += alone.Length;
        }
        return (batch, types);
    }

    private static void CompareGradients(EncoderWithHead model, string directory, IEnumerable<TensorName> names, int besides = 0)
    {
        string file = File.Exists(Path.Combine(directory, "grad.safetensors")) ? "grad.safetensors" : "grad.mlm.safetensors";
        using TensorSource gradients = SafeTensorsReader.Open(Path.Combine(directory, file));
        int compared = 0;
        foreach (TensorName name in names)
        {
            if (!model.Parameters.Contains(name.Parameter))
                continue;
            Parameter parameter = model.Parameters[name.Parameter];
            var ours = new float[parameter.Length];
            model.Engine.Read(parameter.Gradient!, 0, ours);
            int length = ours.Length / name.Tensors.Length;
            for (int part = 0; part < name.Tensors.Length; part++)
            {
                var theirs = new float[length];
                gradients.Read(name.Tensors[part], 0, theirs);
                double difference = 0, norm = 0;
                for (int i = 0; i < length; i++)
                {
                    difference += Math.Pow(ours[part * length + i] - theirs[i], 2);
                    norm += Math.Pow(theirs[i], 2);
                }
                Assert.IsLessThanOrEqualTo(1e-3 * Math.Sqrt(norm) + 1e-6, Math.Sqrt(difference), $"gradient of {name.Tensors[part]}");
                compared++;
            }
        }
        Assert.AreEqual(gradients.Entries.Count, compared + besides, "tensors with a gradient");
    }

    private static float[] Hidden(EncoderWithHead model, RaggedTokens batch, int[] types)
    {
        using Pass pass = Pass.ForInference(model.Engine);
        pass.Begin();
        Tensor hidden = model.Encoder.Forward(pass, batch, types);
        var values = new float[hidden.Rows * hidden.Columns];
        pass.Read(hidden, values);
        return values;
    }

    /// <summary>Runs a script that needs PyTorch; skips the running test where there is none.</summary>
    public static void RunPython(string script, string directory, string arguments)
    {
        foreach (string python in s_pythons)
        {
            var start = new ProcessStartInfo(python, $"\"{script}\" \"{directory}\" {arguments}")
            {
                RedirectStandardError = true, RedirectStandardOutput = true
            };
            start.Environment["OMP_NUM_THREADS"] = "1"; // more cost time on tensors as small as these
            try
            {
                using Process process = Process.Start(start)!;
                Task<string> errors = process.StandardError.ReadToEndAsync();
                process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == 0)
                    return;
                if (!errors.Result.Contains("ModuleNotFoundError", StringComparison.Ordinal))
                    Assert.Fail($"The oracle failed: {errors.Result}");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such Python.
            }
        }
        Assert.Inconclusive("No Python with PyTorch and NumPy; install Debian's python3-torch and python3-numpy to run the oracle.");
    }
}
