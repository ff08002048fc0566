using System.Diagnostics;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Checkpoints.Torch;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

/// <summary>
/// Files of torch.save, damaged in many ways: each opens and can be read, or is refused by name, and costs no more memory than it may.
/// Anything else is thrown. The suite runs a few; eng/soak runs 10,000 of each file.
/// </summary>
internal static class TorchMutants
{
    /// <summary>What the tests themselves allocate while they watch, such as an exception with its text.</summary>
    private const int Watching = 32 << 10;

    private static readonly PickleOpcode[] s_opcodes = Enum.GetValues<PickleOpcode>();

    /// <summary>Opens mutants of one file, and reads all that they hold.</summary>
    /// <param name="sound">The file.</param>
    /// <param name="count">How many mutants.</param>
    /// <param name="seed">Which.</param>
    public static Counts Run(byte[] sound, int count, int seed)
    {
        var random = new Random(seed);
        int refused = 0;
        long mostAllocated = 0, mostOfLength = 0;
        TimeSpan longest = default;
        for (int i = 0; i < count; i++)
        {
            byte[] mutant = Mutate(sound, random);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            long allocated = 0;
            try
            {
                using TensorSource source = TorchCheckpointReader.Open(ModelFile.FromMemory(mutant, "mutant"));
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                foreach ((string name, TensorEntry entry) in source.Entries.Where(entry => entry.Value.Type.IsReadable))
                    source.Read(name, new float[entry.ElementCount]);
            }
            catch (CheckpointException exception) when (exception.Message.Contains("'mutant'", StringComparison.Ordinal))
            {
                refused++;
                if (allocated == 0)
                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            if (allocated > 2L * mutant.Length + MemoryBudget.Constant + Watching)
                throw new InvalidOperationException($"Mutant {i} of seed {seed} has {mutant.Length} bytes and took {allocated} bytes of " +
                    "memory.");
            if (allocated > mostAllocated)
                (mostAllocated, mostOfLength) = (allocated, mutant.Length);
            longest = took > longest ? took : longest;
        }
        return new Counts(count, refused, mostAllocated, mostOfLength, longest);
    }

    /// <summary>One to four edits: a byte, a bit, an opcode, a length, a cut, an insertion, a run copied elsewhere.</summary>
    private static byte[] Mutate(byte[] sound, Random random)
    {
        ReadOnlySpan<byte> sizes = [0, 1, 2, 4, 8, 0x7F, 0x80, 0xFE, 0xFF];
        var bytes = new List<byte>(sound);
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = (byte)s_opcodes[random.Next(s_opcodes.Length)];
                    break;
                case 3:
                    bytes.Insert(at, (byte)s_opcodes[random.Next(s_opcodes.Length)]);
                    break;
                case 4:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 5:
                    byte size = sizes[random.Next(sizes.Length)];
                    for (int end = Math.Min(bytes.Count, at + random.Next(1, 9)); at < end; at++)
                        bytes[at] = size;
                    break;
                case 6:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                default:
                    if (random.Next(4) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    else
                        bytes[at]++;
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>What came of the mutants.</summary>
    /// <param name="Mutants">How many there were.</param>
    /// <param name="Refused">How many were refused, at opening or at reading.</param>
    /// <param name="MostAllocated">The most bytes that opening one allocated, garbage included.</param>
    /// <param name="OfLength">That file's bytes.</param>
    /// <param name="Longest">The longest that one took, opened and read.</param>
    public readonly record struct Counts(int Mutants, int Refused, long MostAllocated, long OfLength, TimeSpan Longest);
}
