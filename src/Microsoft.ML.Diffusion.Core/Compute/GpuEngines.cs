using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The registered kinds of GPU engines. An assembly with such an engine registers it, and models that request a GPU are computed on it.
/// Each engine is opened at the first request, one per device, and never disposed. If a GPU is requested and none is registered, the
/// program's assembly Microsoft.ML.Diffusion.TorchSharp is registered if it is there.
/// </summary>
public static class GpuEngines
{
    private const string UsualAssembly = "Microsoft.ML.Diffusion.TorchSharp";
    private const string NoneRegistered = "No GPU engine is registered. Add the package Diffusion.ML.TorchSharp, and " +
        "TorchSharp-cuda-windows or TorchSharp-cuda-linux, to the program.";

    private static readonly Lock s_lock = new();
    private static readonly List<Kind> s_kinds = [];
    private static readonly Lazy<Exception?> s_usual = new(() => GpuEngineAssembly.RegisterIfPresent(UsualAssembly));

    /// <summary>Registers a kind of engine; an earlier one with the same name is replaced.</summary>
    /// <param name="name">The name in messages, such as "TorchSharp".</param>
    /// <param name="open">
    /// Opens the engine of a device, by its number from 0. If it throws, the exception's message is shown to the user as the reason, so it
    /// should be a sentence.
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

    /// <summary>Removes a kind of engine and returns whether it was registered; engines already opened are unaffected.</summary>
    public static bool Unregister(string name)
    {
        lock (s_lock)
            return s_kinds.RemoveAll(kind => kind.Name == name) > 0;
    }

    /// <summary>Finds the engine of a device: from the first registered kind that can open it.</summary>
    /// <param name="device">The device's number, from 0.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="problem">If there is none, the reason, in one or more sentences.</param>
    public static bool TryOpen(int device, [NotNullWhen(true)] out Engine? engine, [NotNullWhen(false)] out string? problem)
    {
        engine = Find(device, out problem, out _);
        return engine is not null;
    }

    /// <summary>The engine of a device: from the first registered kind that can open it.</summary>
    /// <param name="device">The device's number, from 0.</param>
    /// <exception cref="NotSupportedException">There is none; the message says why, in one or more sentences, and the inner exception is
    /// the first engine's own.</exception>
    public static Engine Open(int device) =>
        Find(device, out string? problem, out Exception? cause) ?? throw new NotSupportedException(problem, cause);

    private static Engine? Find(int device, out string? problem, out Exception? cause)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        (problem, cause) = (null, null);
        lock (s_lock) // so that two concurrent requests get the same engine
        {
            if (s_kinds.Count == 0)
                cause = s_usual.Value; // may register one
            if (s_kinds.Count == 0)
            {
                problem = cause?.Message ?? NoneRegistered;
                return null;
            }
            var problems = new List<string>();
            foreach (Kind kind in s_kinds)
            {
                if (kind.TryOpen(device, out Engine? engine, out Exception? exception))
                    return engine;
                problems.Add($"{kind.Name}: {exception.Message}");
                cause ??= exception;
            }
            problem = string.Join(' ', problems);
            return null;
        }
    }

    /// <summary>A kind of engine, and its open engines.</summary>
    private sealed class Kind(string name, Func<int, Engine> open)
    {
        private readonly Dictionary<int, Engine> _engines = [];

        public string Name => name;

        [SuppressMessage("Design", "CA1031",
            Justification = "Any exception of another assembly is the reason why there is no engine, and is reported.")]
        public bool TryOpen(int device, [NotNullWhen(true)] out Engine? engine, [NotNullWhen(false)] out Exception? problem)
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
                problem = exception;
                return false;
            }
        }
    }
}
