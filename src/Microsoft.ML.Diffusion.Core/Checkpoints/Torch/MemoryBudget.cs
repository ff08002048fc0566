namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// The memory that opening one file may take: twice its size, and a constant for the smallest. Whatever a file's bytes make the reader
/// allocate is taken from here first, so that a few bytes that ask for much are refused before they get it.
/// </summary>
/// <param name="file">The file's name in messages.</param>
/// <param name="fileLength">Its true size.</param>
internal sealed class MemoryBudget(string file, long fileLength)
{
    public const long Constant = 256 << 10;

    private long _left = 2 * fileLength + Constant;

    /// <exception cref="CheckpointException">No more is left.</exception>
    public void Take(long bytes)
    {
        if ((_left -= bytes) < 0)
            throw new CheckpointException($"'{file}' has {fileLength:N0} bytes and asks for more than {2 * fileLength + Constant:N0} " +
                $"bytes of memory to be opened. {Messages.Again}");
    }

    /// <summary>Makes room in a list, and takes the memory for it; the list never grows in another way.</summary>
    public void Reserve<T>(List<T> list, int more, int elementBytes)
    {
        if (list.Count + more <= list.Capacity)
            return;
        int capacity = Math.Max(list.Count + more, 2 * list.Capacity);
        Take(24 + (long)capacity * elementBytes);
        list.Capacity = capacity;
    }
}
