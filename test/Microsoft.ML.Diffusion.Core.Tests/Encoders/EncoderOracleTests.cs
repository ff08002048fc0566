using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Hidden states, losses and every gradient against an independent PyTorch implementation with the same random weights.</summary>
[TestClass]
public sealed class EncoderOracleTests
{
    private static readonly string[] s_pythons = ["/usr/bin/python3", "python3"];

    public static IEnumerable<object[]> Cases()
    {
        string[] shapes =
        [
            "", "--layers 2 --hidden 32 --heads 2 --vocab 61", "--layers 1 --hidden 72 --heads 3 --vocab 130 --maxlen 24",
            "--layers 4 --hidden 64 --heads 4 --vocab 200 --maxlen 36", "--layers 5 --hidden 40 --heads 5 --vocab 80 --maxlen 40",
        ];
        foreach (string family in new[] { "bert", "roberta", "modernbert" })
        {
            for (int seed = 0; seed < 5; seed++)
                yield return [family, seed, family == "modernbert" ? shapes[seed] + " --window 6 --every 2" : shapes[seed]];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Encoder_agrees_with_the_oracle(string family, int seed, string shape)
    {
        string directory = Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            RunPython(SharedData.Oracle("encoder_golden.py"), directory, $"--family {family} --seed {seed} {shape}");
            Compare(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Compares with the <c>expected.json</c> and <c>grad.mlm.safetensors</c> that the oracle wrote.</summary>
    internal static void Compare(string directory)
    {
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "expected.json"))).RootElement;
        using Engine engine = CpuEngine.Create(2);
        using MaskedLanguageModel model = EncoderCheckpoint.Load(ModelFiles.FromDirectory(directory), engine);
        int[][] sequences = expected.GetProperty("batch").Deserialize<int[][]>()!;
        int[][] segments = expected.GetProperty("segments").Deserialize<int[][]>()!;
        int[][] masked = expected.GetProperty("masked").Deserialize<int[][]>()!;
        int[] targets = [.. expected.GetProperty("targets").Deserialize<int[][]>()!.SelectMany(t => t)];
        var batch = new RaggedTokens();
        foreach (int[] sequence in sequences)
            batch.Append(sequence);
        int[] types = [.. segments.SelectMany(s => s)];

        // Hidden states, and a sequence alone the same as in the batch, bit for bit.
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
            float[] alone = Hidden(model, single, segments[i]);
            CollectionAssert.AreEqual(alone, hidden[offset..(offset + alone.Length)], $"sequence {i} alone");
            offset += alone.Length;
        }

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
        using TensorSource gradients = SafeTensorsReader.Open(Path.Combine(directory, "grad.mlm.safetensors"));
        int compared = 0;
        foreach (TensorName name in model.TensorNames())
        {
            if (!model.Parameters.Contains(name.Parameter))
                continue;
            Parameter parameter = model.Parameters[name.Parameter];
            var ours = new float[parameter.Length];
            engine.Read(parameter.Gradient!, 0, ours);
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
        Assert.AreEqual(gradients.Entries.Count, compared, "tensors with a gradient");
    }

    private static float[] Hidden(MaskedLanguageModel model, RaggedTokens batch, int[] types)
    {
        using Pass pass = Pass.ForInference(model.Engine);
        pass.Begin();
        Tensor hidden = model.Encoder.Forward(pass, batch, model.Configuration.TokenTypes > 1 ? types : []);
        var values = new float[hidden.Rows * hidden.Columns];
        pass.Read(hidden, values);
        return values;
    }

    /// <summary>Runs a script that needs PyTorch; skips the running test where there is none.</summary>
    internal static void RunPython(string script, string directory, string arguments)
    {
        foreach (string python in s_pythons)
        {
            var start = new ProcessStartInfo(python, $"\"{script}\" \"{directory}\" {arguments}") { RedirectStandardError = true, RedirectStandardOutput = true };
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
