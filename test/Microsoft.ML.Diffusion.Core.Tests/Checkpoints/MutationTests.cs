using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

/// <summary>Sound files, damaged in 10,000 ways: each opens or is refused by name, and costs no more memory than it may.</summary>
[TestClass]
public class MutationTests
{
    private const int Mutants = 10_000;
    private const int SmallConstant = 32 << 10;

    [TestMethod]
    public void Mutated_safetensors_files_open_or_are_refused()
    {
        byte[] sound = SoundCheckpoint();
        int refused = Run(sound, BinaryPrimitives.ReadInt32LittleEndian(sound) + 8, static file =>
        {
            using SafeTensorsReader reader = SafeTensorsReader.Open(file, "mutant");
        }, static file =>
        {
            using SafeTensorsReader reader = SafeTensorsReader.Open(file, "mutant");
            _ = reader.Metadata;
            float[] piece = new float[8];
            foreach (TensorEntry entry in reader.Entries.Values)
                reader.Read(entry.Name, 0, piece.AsSpan(0, (int)Math.Min(8, entry.ElementCount)));
        });
        Assert.IsInRange(Mutants / 4, Mutants - 1, refused);
    }

    [TestMethod]
    public void Mutated_configurations_are_read_or_refused()
    {
        byte[] sound = Encoding.UTF8.GetBytes(
            """
            {
              "architectures": ["ModernBertForMaskedLM"], "model_type": "modernbert", "hidden_size": 256, "num_hidden_layers": 4,
              "num_attention_heads": 4, "intermediate_size": 384, "vocab_size": 8192, "max_position_embeddings": 512,
              "norm_eps": 1e-05, "norm_bias": false, "hidden_activation": "gelu", "global_rope_theta": 160000.0,
              "local_attention": 128, "pad_token_id": 0, "id2label": {"0": "neg", "1": "p\u00f6s"}, "classifier_dropout": null
            }
            """);
        int refused = Run(sound, sound.Length, static file => ConfigurationJson.Parse(file, "mutant"), static file =>
        {
            ConfigurationJson config = ConfigurationJson.Parse(file, "mutant");
            foreach (string name in config.PropertyNames)
                _ = config.Has(name);
            config.Strings("architectures");
            config.String("model_type");
            foreach (string name in new[] { "hidden_size", "num_hidden_layers", "vocab_size", "local_attention", "pad_token_id" })
                config.Int(name, null, 0, 1 << 20);
            config.Double("norm_eps", null, 0, 1);
            config.Double("global_rope_theta");
            config.Bool("norm_bias");
            ConfigurationJson labels = config.Section("id2label");
            foreach (string name in labels.PropertyNames)
                labels.String(name);
        });
        Assert.IsInRange(Mutants / 4, Mutants - 1, refused);
    }

    private static int Run(byte[] sound, int interesting, Action<byte[]> open, Action<byte[]> use)
    {
        use(sound);
        var random = new Random(20240607);
        int refused = 0;
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutate(sound, interesting, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                open(mutant);
            }
            catch (CheckpointException)
            {
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.IsLessThanOrEqualTo(2L * mutant.Length + SmallConstant, allocated, $"mutant {i}");
            try
            {
                use(mutant);
            }
            catch (CheckpointException exception)
            {
                StringAssert.Contains(exception.Message, "'mutant'");
                refused++;
            }
        }
        return refused;
    }

    /// <summary>One to four edits: a byte, a bit, a digit, a cut, an insertion, a run copied elsewhere, a length.</summary>
    private static byte[] Mutate(byte[] sound, int interesting, Random random)
    {
        ReadOnlySpan<byte> tokens = "{}[]\",:0123456789-+.eE\\u\0 \xFF"u8;
        var bytes = new List<byte>(sound);
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(Math.Min(interesting, bytes.Count));
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = tokens[random.Next(tokens.Length)];
                    break;
                case 3:
                    int digit = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)('0' + random.Next(10));
                    break;
                case 4:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 5:
                    bytes.Insert(at, tokens[random.Next(tokens.Length)]);
                    break;
                case 6:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                default:
                    if (random.Next(4) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    else if (bytes.Count > 8 && interesting != sound.Length)
                        bytes[random.Next(8)] = (byte)random.Next(256);
                    break;
            }
        }
        return [.. bytes];
    }

    private static byte[] SoundCheckpoint()
    {
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream,
        [
            .. Enumerable.Range(0, 12)
                .Select(i => TensorToWrite.FromMemory($"encoder.layer.{i}.weight", [4, 3 + i], (ElementType)(i % 3),
                    new float[4 * (3 + i)])),
        ]);
        return stream.ToArray();
    }
}
