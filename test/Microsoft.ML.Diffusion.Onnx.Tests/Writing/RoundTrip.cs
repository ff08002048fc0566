using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>
/// A random model, written, run by ONNX Runtime and read back; the suite runs a few, eng/onnx/roundtrip the others.
/// </summary>
internal static class RoundTrip
{
    /// <summary>
    /// Writes the model of a seed as <paramref name="path"/>, compares, and, of 32-bit floats, reads it back: the weights must be equal,
    /// bit for bit.
    /// </summary>
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
        if (precision == OnnxPrecision.Float32)
            CheckWeights(model, output, path, seed);
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

    /// <summary>
    /// Reads the file back, every other one with its config.json; an ELECTRA always, which is a BERT where it has no projection.
    /// </summary>
    private static void CheckWeights(EncoderWithHead model, OnnxOutput output, string path, int seed)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = TokenizerFiles();
        if (seed % 2 == 0 || model.Family == EncoderFamily.Electra)
        {
            using var configuration = new MemoryStream();
            EncoderCheckpoint.WriteConfiguration(model, configuration, ElementType.Float32);
            files[ModelFiles.ConfigurationName] = configuration.ToArray();
        }
        EncoderModel read = OnnxModels.Load(path, ModelFiles.FromMemory(files, "the round trip"));
        bool hasHead = output == OnnxOutput.Logits;
        using EncoderWithHead actual = model is TaskModel { Task: TaskConfiguration task } && hasHead
            ? read.LoadTask(task.Kind, model.Engine)
            : hasHead ? read.LoadMaskedLanguageModel(model.Engine)
            : read.LoadForTask(new(TaskKind.TokenClassification, ["none"]), model.Engine, seed: 0);
        foreach (Parameter parameter in model.Parameters.All.Where(parameter => hasHead || parameter.Part != ModelPart.Head))
        {
            float[] expected = new float[parameter.Length], found = new float[parameter.Length];
            model.Engine.Read(parameter, 0, expected);
            actual.Engine.Read(actual.Parameters[parameter.Name], 0, found);
            if (!MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(found.AsSpan())))
                throw new InvalidOperationException($"'{parameter.Name}' was changed by writing and reading model {seed}.");
        }
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> TokenizerFiles()
    {
        TokenizerFiles files = RandomModels.Tokenizer.ToFiles();
        var contents = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string name in files.Names)
        {
            if (files.TryGet(name, out byte[]? content))
                contents[name] = content;
        }
        return contents;
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
