using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The kinds of engines for GPUs that this process has. An assembly with one registers it; models are then computed on it where a GPU is
/// asked for. Each engine is opened when it is first asked for, one for each device, and never disposed.
/// </summary>
public static class GpuEngines
{
    private static readonly Lock s_lock = new();
    private static readonly List<Kind> s_kinds = [];

    /// <summary>Registers a kind of engines; one of that name that was there before is replaced.</summary>
    /// <param name="name">What it is called in messages, such as "TorchSharp".</param>
    /// <param name="open">
    /// Opens the engine of a device, by its number from 0. What it throws says why it cannot, in a sentence that is shown to the user.
    /// </param>
    public static void Register(string name, Func<int, Engine> open)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(open);
        lock (s_lock)
        {
            Unregister(name);
            s_kinds.Add(new Kind(name, open));
        }
    }

    /// <summary>Forgets a kind of engines; those that were opened stay as they are. Returns whether it was there.</summary>
    public static bool Unregister(string name)
    {
        lock (s_lock)
            return s_kinds.RemoveAll(kind => kind.Name == name) > 0;
    }

    /// <summary>Finds the engine of a device: that of the kind which was registered first and can open it.</summary>
    /// <param name="device">The device's number, from 0.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="problem">Where there is none, why, in a sentence or some.</param>
    public static bool TryOpen(int device, [NotNullWhen(true)] out Engine? engine, [NotNullWhen(false)] out string? problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        lock (s_lock) // so that two that ask at once get the same engine
        {
            var problems = new List<string>();
            foreach (Kind kind in s_kinds)
            {
                if (kind.TryOpen(device, out engine, out problem))
                    return true;
                problems.Add(problem);
            }
            (engine, problem) = (null, problems.Count == 0 ? "No engine for GPUs is registered." : string.Join(' ', problems));
            return false;
        }
    }

    /// <summary>A kind of engines, and those of it that are open.</summary>
    private sealed class Kind(string name, Func<int, Engine> open)
    {
        private readonly Dictionary<int, Engine> _engines = [];

        public string Name => name;

        [SuppressMessage("Design", "CA1031", Justification = "Whatever another assembly throws is why there is no engine, and is said.")]
        public bool TryOpen(int device, [NotNullWhen(true)] out Engine? engine, [NotNullWhen(false)] out string? problem)
        {
            problem = null;
            if (_engines.TryGetValue(device, out engine))
                return true;
            try
            {
                _engines.Add(device, engine = open(device));
                return true;
            }
            catch (Exception exception)
            {
                problem = $"{name}: {exception.Message}";
                return false;
            }
        }
    }
}
