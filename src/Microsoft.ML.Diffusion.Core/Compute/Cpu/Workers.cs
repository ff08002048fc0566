using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Threads that share the items of a loop with the caller. A loop allocates nothing. A caller that finds them busy with another loop runs
/// its own loop alone.
/// </summary>
internal sealed unsafe class Workers : IDisposable
{
    private const int SpinsBeforeSleep = 200;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private int _busy;
    private int _disposed;
    private int _generation;
    private int _sleeping;
    private int _next;
    private int _unfinished;
    private int _count;
    private void* _body;
    private delegate*<void*, int, int, void> _execute;
    private volatile bool _stopping;

    public Workers(int threads)
    {
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"Diffusion.ML compute {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads, the caller's included.</summary>
    public int Count => _threads.Length + 1;

    /// <summary>
    /// Executes items 0 … count − 1, each once, and returns when all are done. If the token is canceled, only some are executed, and it
    /// returns when none is running; it does not throw.
    /// </summary>
    public void Run<TBody>(int count, TBody body, CancellationToken cancellationToken = default) where TBody : unmanaged, IParallelBody
    {
        if (count <= 1 || _threads.Length == 0 || Interlocked.Exchange(ref _busy, 1) != 0)
        {
            for (int i = 0; i < count && !cancellationToken.IsCancellationRequested; i++)
                body.Execute(i, 0);
            return;
        }
        _body = &body;
        _execute = &Invoke<TBody>;
        _count = count;
        _next = 0;
        _unfinished = _threads.Length;
        Interlocked.Increment(ref _generation);
        if (Volatile.Read(ref _sleeping) > 0)
            WakeAll();
        Drain(0, cancellationToken);
        SpinWait spin = default;
        while (Volatile.Read(ref _unfinished) > 0)
            spin.SpinOnce(sleep1Threshold: -1);
        Volatile.Write(ref _busy, 0);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // Occupies the loop's slot permanently: later loops find the workers busy and run on their callers alone.
        SpinWait spin = default;
        while (Interlocked.Exchange(ref _busy, 1) != 0)
            spin.SpinOnce();
        _stopping = true;
        WakeAll();
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void WakeAll()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private static void Invoke<TBody>(void* body, int item, int worker) where TBody : unmanaged, IParallelBody =>
        Unsafe.AsRef<TBody>(body).Execute(item, worker);

    private void Drain(int worker, CancellationToken cancellationToken)
    {
        for (int item; (item = Interlocked.Increment(ref _next) - 1) < _count;)
        {
            _execute(_body, item, worker);
            // The caller leaves no items to the others.
            if (cancellationToken.IsCancellationRequested)
                Volatile.Write(ref _next, _count);
        }
    }

    private void Serve(int worker)
    {
        int seen = 0;
        while (!_stopping)
        {
            SpinWait spin = default;
            for (int i = 0; Volatile.Read(ref _generation) == seen && i < SpinsBeforeSleep; i++)
                spin.SpinOnce(sleep1Threshold: -1);
            if (Volatile.Read(ref _generation) == seen)
            {
                Sleep(seen);
                continue;
            }
            seen = Volatile.Read(ref _generation);
            Drain(worker, default);
            Interlocked.Decrement(ref _unfinished);
        }
    }

    /// <summary>
    /// Waits for a new loop. A condition, not a semaphore: each worker takes part in each loop, so none may consume another's wake-up.
    /// </summary>
    private void Sleep(int seen)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping);
            while (Volatile.Read(ref _generation) == seen && !_stopping)
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleeping);
        }
    }
}
