using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

/// <summary>Files made by hand: a header as it is spelled, then bytes.</summary>
internal static class SafeTensorsBytes
{
    public static byte[] Make(string header, params byte[] data) => Make(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Make(byte[] header, params byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        return [.. length, .. header, .. data];
    }

    public static SafeTensorsReader Open(string header, params byte[] data) =>
        SafeTensorsReader.Open(Make(header, data), "hand.safetensors");

    /// <summary>Asserts that opening fails with a message that holds every one of the given words and says what to do.</summary>
    public static void AssertRefused(byte[] file, params string[] words)
    {
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => SafeTensorsReader.Open(file, "hand.safetensors").Dispose());
        AssertExplains(exception, ["'hand.safetensors'", .. words]);
    }

    public static void AssertExplains(CheckpointException exception, params string[] words)
    {
        foreach (string word in words)
            StringAssert.Contains(exception.Message, word);
        // Remedies are imperatives after the last full stop or colon.
        string[] remedies = ["ownload", "Use ", "use ", "Check ", "Save ", "run 'git", "convert it", "Correct", "Add it", "Choose", "Copy",
            "Expected a writable", "Read it in parts", "set another", "name it", "Remove it", "Wait until", "Open the directory once"];
        Assert.IsTrue(remedies.Any(remedy => exception.Message.Contains(remedy, StringComparison.Ordinal)),
            $"No remedy in: {exception.Message}");
    }
}
