namespace Microsoft.ML.Diffusion.Compute;

/// <summary>Integers (indices, positions, bounds) that live until the next run of a pass; memory is kept from run to run.</summary>
internal sealed class IntegerArena
{
    private const int ChunkLength = 1 << 15;
    private readonly List<int[]> _chunks = [];
    private int _chunk;
    private int _used;

    public void Reset() => (_chunk, _used) = (0, 0);

    public Memory<int> Allocate(int length)
    {
        for (; _chunk < _chunks.Count; _chunk++, _used = 0)
        {
            if (_chunks[_chunk].Length - _used >= length)
                return Take(length);
        }
        _chunks.Add(new int[Math.Max(length, ChunkLength)]);
        return Take(length);
    }

    private Memory<int> Take(int length)
    {
        Memory<int> taken = _chunks[_chunk].AsMemory(_used, length);
        _used += length;
        return taken;
    }
}
