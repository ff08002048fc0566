using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Diffusion.LoadingMemory;

/// <summary>
/// The private memory of this process, as Linux counts it: pages of mapped files do not count. A separate thread samples the maximum every
/// millisecond until <see cref="Stop"/>.
/// </summary>
internal sealed class PrivateMemory
{
    private readonly SafeFileHandle _counts = File.OpenHandle("/proc/self/statm");
    private readonly byte[] _line = new byte[256]; // reused, so that sampling allocates nothing
    private readonly Thread _watch;
    private volatile bool _stopping;

    /// <summary>Starts sampling.</summary>
    public PrivateMemory()
    {
        Start = Most = Read();
        _watch = new Thread(Watch) { IsBackground = true };
        _watch.Start();
    }

    /// <summary>Bytes at the start.</summary>
    public long Start { get; }

    /// <summary>The maximum so far, in bytes.</summary>
    public long Most { get; private set; }

    /// <summary>Stops sampling.</summary>
    public void Stop()
    {
        _stopping = true;
        _watch.Join();
    }

    /// <summary>The current number of bytes; the last sample once it is stopped.</summary>
    public long Read()
    {
        Span<char> text = stackalloc char[_line.Length];
        text = text[..Encoding.ASCII.GetChars(_line.AsSpan(0, RandomAccess.Read(_counts, _line, 0)), text)];
        Span<Range> fields = stackalloc Range[8];
        _ = text.Split(fields, ' '); // pages: all, resident, and of those the ones of files or shared
        return (Number(text[fields[1]]) - Number(text[fields[2]])) * Environment.SystemPageSize;

        static long Number(ReadOnlySpan<char> digits) => long.Parse(digits, CultureInfo.InvariantCulture);
    }

    private void Watch()
    {
        while (!_stopping)
        {
            Most = Math.Max(Most, Read());
            Thread.Sleep(1);
        }
        Most = Math.Max(Most, Read());
    }
}
