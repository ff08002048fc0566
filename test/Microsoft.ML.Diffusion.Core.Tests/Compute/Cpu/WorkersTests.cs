using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public unsafe class WorkersTests
{
    /// <summary>Far beyond what the work takes, even on a busy machine: only a loop that never ends reaches it.</summary>
    private static readonly TimeSpan s_deadlock = TimeSpan.FromSeconds(50);

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(7)]
    public void Each_item_runs_once(int threads)
    {
        using Workers workers = new(threads);
        Assert.AreEqual(threads, workers.Count);
        Bounded(() =>
        {
            for (int count = 0; count < 300; count++)
                AssertComplete(workers, count);
        });
    }

    [TestMethod]
    public void Threads_that_went_to_sleep_wake_for_each_loop()
    {
        using Workers workers = new(4);
        Bounded(() =>
        {
            for (int i = 0; i < 300; i++)
            {
                AssertComplete(workers, 9);
                if (i % 3 == 0)
                    Thread.Sleep(1);
            }
        });
    }

    [TestMethod]
    public void Many_callers_at_once()
    {
        using Workers workers = new(3);
        Bounded(() =>
        {
            Thread[] callers = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 400; i++)
                    AssertComplete(workers, i % 70);
            }))];
            foreach (Thread caller in callers)
                caller.Start();
            foreach (Thread caller in callers)
                caller.Join();
        });
    }

    [TestMethod]
    public void A_loop_inside_a_loop()
    {
        using Workers workers = new(3);
        Bounded(() =>
        {
            int total = 0;
            nint handle = GCHandle.ToIntPtr(GCHandle.Alloc(workers));
            for (int i = 0; i < 100; i++)
                workers.Run(20, new Outer { Workers = handle, Total = &total });
            GCHandle.FromIntPtr(handle).Free();
            Assert.AreEqual(100 * 20 * 10, total);
        });
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void A_canceled_executors_loop_ends_early_and_others_do_not(int threads)
    {
        using Workers workers = new(threads);
        using Executor executor = CpuEngine.Shared.CreateExecutor();
        ParallelLoops own = new(workers, executor);
        int* executed = (int*)NativeMemory.AllocZeroed(sizeof(int));
        Bounded(() =>
        {
            using var source = new CancellationTokenSource();
            executor.CancellationToken = source.Token;
            own.Run(300, new Canceler { Executed = executed });
            Assert.AreEqual(300, *executed);
            var handle = GCHandle.Alloc(source);
            OperationCanceledException canceled =
                Assert.Throws<OperationCanceledException>(
                    () => own.Run(1_000_000, new Canceler { Source = GCHandle.ToIntPtr(handle), Executed = executed }));
            handle.Free();
            Assert.AreEqual(source.Token, canceled.CancellationToken);
            int atEnd = Volatile.Read(ref *executed);
            Assert.IsLessThan(1_000_000, atEnd);
            Assert.Throws<OperationCanceledException>(() => own.Run(1, new Canceler { Executed = executed }));
            Assert.AreEqual(atEnd, *executed, "none is under way, and none begins");
            AssertComplete(workers, 200);
            executor.CancellationToken = default;
            AssertComplete(own, 200);
        });
        NativeMemory.Free(executed);
    }

    [TestMethod]
    public void Disposal_ends_the_threads_and_later_loops_run_on_the_caller()
    {
        Bounded(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                Workers workers = new(3);
                if (i % 2 == 0)
                    AssertComplete(workers, 5);
                workers.Dispose();
                workers.Dispose();
                AssertComplete(workers, 5);
            }
        });
    }

    private static void AssertComplete(Workers workers, int count) => AssertComplete(new ParallelLoops(workers), count);

    private static void AssertComplete(ParallelLoops loops, int count)
    {
        int* runs = stackalloc int[300];
        new Span<int>(runs, 300).Clear();
        loops.Run(count, new Count { Runs = runs });
        for (int i = 0; i < 300; i++)
        {
            if (runs[i] != (i < count ? 1 : 0))
                throw new AssertFailedException($"Item {i} of {count} ran {runs[i]} times.");
        }
    }

    private static void Bounded(Action action)
    {
        Task task = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.IsTrue(task.Wait(s_deadlock), "The loops did not end: a deadlock.");
    }

    private struct Count : IParallelBody
    {
        public int* Runs;

        public readonly void Execute(int item, int worker) => Interlocked.Increment(ref Runs[item]);
    }

    /// <summary>Cancels when the caller has executed an item. The others are so slow that they cannot have executed all by then.</summary>
    private struct Canceler : IParallelBody
    {
        public nint Source;
        public int* Executed;

        public readonly void Execute(int item, int worker)
        {
            Interlocked.Increment(ref *Executed);
            if (Source == nint.Zero)
                return;
            if (worker == 0)
                ((CancellationTokenSource)GCHandle.FromIntPtr(Source).Target!).Cancel();
            else
                Thread.Sleep(1);
        }
    }

    private struct Outer : IParallelBody
    {
        public nint Workers;
        public int* Total;

        public readonly void Execute(int item, int worker)
        {
            int* runs = stackalloc int[10];
            new Span<int>(runs, 10).Clear();
            ((Workers)GCHandle.FromIntPtr(Workers).Target!).Run(10, new Count { Runs = runs });
            for (int i = 0; i < 10; i++)
                Interlocked.Add(ref *Total, runs[i]);
        }
    }
}
