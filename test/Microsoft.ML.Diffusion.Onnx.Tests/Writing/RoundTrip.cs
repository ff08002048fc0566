using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>A random model, written and run by ONNX Runtime; the suite runs a few, eng/onnx/roundtrip the others.</summary>
internal static class RoundTrip
{
    /// <summary>Writes the model of a seed as <paramref name="path"/>, and compares.</summary>
    /// <returns>What it was, and the greatest difference as a share of the greatest magnitude.</returns>
    public static (string Description, double Difference) Run(int seed, string path, OnnxPrecision precision = OnnxPrecision.Float32)
    {
        var random = new Random(seed);
        EncoderFamily family = RandomModels.Families[seed % RandomModels.Families.Count];
        TaskConfiguration? task = RandomModels.Heads[seed / RandomModels.Families.Count % RandomModels.Heads.Count];
        EncoderConfiguration configuration = RandomModels.Configuration(family, random, random.Next(8) == 0 ? 512 : null);
        using EncoderWithHead model = RandomModels.Create(family, configuration, task, seed);
        OnnxOutput output = random.GetItems(Enum.GetValues<OnnxOutput>(), 1)[0];
        if (random.Next(2) == 0)
            output = OnnxOutput.Logits;
        OnnxModels.Save(model, path, new OnnxExportOptions
        {
            Output = output, Precision = precision, OpsetVersion = random.Next(4) == 0 ? random.Next(18, 22) : 17,
            ExternalDataThreshold = random.Next(4) == 0 ? 0 : int.MaxValue,
        });
        using var comparison = new OnnxComparison(path);
        int longest = random.Next(2) == 0 ? configuration.MaxLength : random.Next(1, configuration.MaxLength + 1);
        int[] lengths = [longest, .. Enumerable.Range(0, 6).Select(_ => random.Next(1, Math.Min(longest, 40) + 1))];
        double difference = Difference(comparison, model, output, random, lengths, [random.Next(1, 9)]);
        string head = task is null ? "masked language" : task.Problem ?? task.Kind.ToString();
        return ($"{seed}: {family.ModelType} {configuration.Layers} × {configuration.HiddenSize}, {head}, {output}, lengths to {longest}",
            difference);
    }

    /// <summary>Over several batches, each of sequences of the given lengths; a single number may be near 0.</summary>
    private static double Difference(
        OnnxComparison comparison, EncoderWithHead model, OnnxOutput output, Random random, params int[][] batches)
    {
        var expected = new List<float>();
        var actual = new List<float>();
        string name = output switch
        {
            OnnxOutput.Logits => "logits",
            OnnxOutput.HiddenStates => "last_hidden_state",
            _ => "sentence_embedding",
        };
        foreach (int[] lengths in batches)
        {
            int[][] sequences = RandomModels.Sequences(model.Configuration, random, lengths);
            int[][]? types = model.Configuration.Embeddings.TokenTypes < 2 ? null
                : Array.ConvertAll(sequences, sequence => Array.ConvertAll(sequence, _ => random.Next(2)));
            float[] ours = OnnxComparison.Compute(
                model, sequences, types, (pass, batch, given) => Compute(model, output, pass, batch, given));
            if (output == OnnxOutput.Logits && model is TaskModel { Task.Kind: TaskKind.QuestionAnswering })
            {
                expected.AddRange([.. OnnxComparison.Column(ours, 2, 0), .. OnnxComparison.Column(ours, 2, 1)]);
                actual.AddRange([.. comparison.Run("start_logits", sequences, types), .. comparison.Run("end_logits", sequences, types)]);
                continue;
            }
            expected.AddRange(ours);
            actual.AddRange(comparison.Run(name, sequences, types, model.Configuration.PadToken));
        }
        return OnnxComparison.Difference(expected.ToArray(), actual.ToArray());
    }

    private static Tensor Compute(EncoderWithHead model, OnnxOutput output, Pass pass, RaggedTokens batch, ReadOnlySpan<int> types)
    {
        if (output == OnnxOutput.Logits)
            return model.Forward(pass, batch, types);
        Tensor hidden = model.Encoder.Forward(pass, batch, types);
        return output switch
        {
            OnnxOutput.MeanEmbedding => pass.MeanRows(hidden, pass.SequencesOf(batch.Bounds)),
            OnnxOutput.FirstTokenEmbedding => pass.FirstRows(hidden, pass.SequencesOf(batch.Bounds)),
            _ => hidden,
        };
    }
}
