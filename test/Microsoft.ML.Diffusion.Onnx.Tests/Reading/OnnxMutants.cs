using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>
/// Damages ONNX files at random and reads them: each either loads or is refused with a message, and no more is allocated than twice the
/// file and a constant. The command eng/onnx/mutate runs 10,000, the suite a sample.
/// </summary>
internal static class OnnxMutants
{
    /// <summary>What reading allocates besides twice the file: buffers, and the graph run on a short input.</summary>
    public const long Constant = 64L << 20;

    /// <summary>Reads some mutants.</summary>
    /// <param name="models">The files to damage.</param>
    /// <param name="tokenizer">Their tokenizer.</param>
    /// <param name="first">The number of the first mutant, from which its damage follows.</param>
    /// <param name="count">The number of mutants.</param>
    public static MutantReport Run(byte[][] models, ModelFiles tokenizer, int first, int count)
    {
        var report = new MutantReport();
        for (int i = first; i < first + count; i++)
        {
            var random = new Random(i);
            byte[] model = models[i % models.Length];
            // Two of three are valid protobuf and damaged only in their graph, so that they reach further.
            byte[] mutant = i / models.Length % 3 == 0 ? Damage(model, random) : GraphMutants.Damage(model, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            EncoderModel? loaded = null;
            try
            {
                loaded = OnnxModels.Load(new MemoryStream(mutant), tokenizer);
                report.Loaded++;
            }
            catch (CheckpointException exception)
            {
                report.Refused++;
                string message = exception.Message;
                if (message.Length is < 40 or > 2000 || !message.Contains("xpected", StringComparison.Ordinal))
                    report.Failures.Add($"mutant {i}: the message teaches nothing: {message}");
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                report.Failures.Add($"mutant {i}: {exception}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            report.MostAllocated = Math.Max(report.MostAllocated, allocated);
            if (allocated > 2L * mutant.Length + Constant)
                report.Failures.Add($"mutant {i}: {allocated:N0} bytes were allocated for a file of {mutant.Length:N0}");
            if (loaded is not null)
                Use(loaded, i, report);
        }
        return report;
    }

    /// <summary>What was read makes a model.</summary>
    private static void Use(EncoderModel loaded, int number, MutantReport report)
    {
        try
        {
            var task = new TaskConfiguration(TaskKind.TokenClassification, ["A", "B"]);
            loaded.LoadForTask(task, CpuEngine.Shared, seed: 1).Dispose();
        }
        catch (Exception exception) when (exception is not (CheckpointException or TokenizerException or OutOfMemoryException))
        {
            report.Failures.Add($"mutant {number}, when used: {exception}");
        }
    }

    private static byte[] Damage(byte[] model, Random random)
    {
        var bytes = new List<byte>(model);
        int changes = random.Next(1, 4);
        for (int i = 0; i < changes && bytes.Count > 16; i++)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 64), bytes.Count - at);
            switch (random.Next(9))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length), length));
                    break;
                case 3:
                    // A number of ten bytes: a length, a dimension or an axis beyond everything.
                    bytes.RemoveAt(at);
                    bytes.InsertRange(at, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
                    break;
                case 4:
                    Swap(bytes, random);
                    break;
                case 5:
                    bytes[at] = (byte)random.Next(8);
                    break;
                default:
                    for (int j = 0; j < random.Next(1, 5); j++)
                        bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Writes one name or operator of the file over another of the same length.</summary>
    private static void Swap(List<byte> bytes, Random random)
    {
        string[] operators = ["Add", "Mul", "Sub", "Div", "Pow", "Erf", "Cast", "Sqrt", "Gemm", "Tanh", "Shape", "Slice", "Where",
            "Range", "Split"];
        byte[] from = Encoding.ASCII.GetBytes(operators[random.Next(operators.Length)]);
        byte[] to = Encoding.ASCII.GetBytes(operators.Where(name => name.Length == from.Length).OrderBy(_ => random.Next()).First());
        int start = random.Next(bytes.Count);
        for (int i = start; i < bytes.Count - from.Length; i++)
        {
            if (bytes[i] == from[0] && bytes.GetRange(i, from.Length).SequenceEqual(from))
            {
                for (int j = 0; j < to.Length; j++)
                    bytes[i + j] = to[j];
                return;
            }
        }
    }
}
