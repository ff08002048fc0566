using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A script that does the same work in other software and writes a result line like this program's.</summary>
internal sealed class Peer
{
    private const string OpenBlas = "/usr/lib/x86_64-linux-gnu/openblas-openmp";

    private readonly ProcessStartInfo _start;

    private Peer(string name, string program, string scripts, string script, IEnumerable<string> arguments)
    {
        string path = Path.Combine(scripts, script);
        if (!File.Exists(path))
            throw new PeerException($"There is no '{path}'. Name the folder that holds it with --scripts.");
        Name = name;
        _start = new(program, [path, .. arguments]);
    }

    public string Name { get; }

    /// <summary>ONNX Runtime in Node.js.</summary>
    /// <param name="scripts">The scripts' folder.</param>
    /// <param name="folder">The folder that holds node_modules and the model.</param>
    /// <param name="model">The model's file.</param>
    /// <param name="maker">The script that writes FILE, with its arguments.</param>
    /// <param name="what">The subject of the measurement.</param>
    /// <param name="arguments">The further arguments.</param>
    /// <exception cref="PeerException">A file is missing.</exception>
    public static Peer OnnxRuntime(string scripts, DirectoryInfo folder, string model, string maker, string what,
        IEnumerable<string> arguments)
    {
        string modules = Path.Combine(folder.FullName, "node_modules"), file = Path.Combine(folder.FullName, model);
        if (!Directory.Exists(Path.Combine(modules, "onnxruntime-node")))
            throw new PeerException(
                $"There is no '{Path.Combine(modules, "onnxruntime-node")}'. Install it: npm install --ignore-scripts --prefix " +
                $"{folder.FullName} onnxruntime-node");
        if (!File.Exists(file))
            throw new PeerException(
                $"There is no '{file}'. Make it, with PyTorch: python3 {Path.Combine(scripts, maker.Replace("FILE", file))}");
        var peer = new Peer("onnxruntime", "node", scripts, "onnxruntime.js", [what, file, .. arguments]);
        peer._start.Environment["NODE_PATH"] = modules;
        return peer;
    }

    /// <summary>PyTorch in its fastest available environment: the head of the script lists the parts.</summary>
    /// <param name="scripts">The scripts' folder.</param>
    /// <param name="python">The Python that has PyTorch.</param>
    /// <param name="arguments">The script's arguments.</param>
    public static Peer PyTorch(string scripts, string python, IEnumerable<string> arguments)
    {
        var peer = new Peer("pytorch", python, scripts, "pytorch_train.py", arguments);
        IDictionary<string, string?> environment = peer._start.Environment;
        environment["PYTHONDONTWRITEBYTECODE"] = "1"; // no files beside the scripts
        // Overrides the caller's environment: only a comparison with the peer at its fastest is meaningful.
        environment["OMP_WAIT_POLICY"] = "passive";
        if (Directory.Exists(OpenBlas))
            environment["LD_LIBRARY_PATH"] =
                OpenBlas + (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") is { Length: > 0 } others ? $":{others}" : "");
        if (Avx512F.IsSupported)
            environment["OPENBLAS_CORETYPE"] = "SKYLAKEX";
        return peer;
    }

    /// <summary>Runs the script once and returns its line.</summary>
    /// <exception cref="PeerException">The script does not run.</exception>
    public Task<JsonObject> Measure(int threads, int runs, CancellationToken cancellationToken)
    {
        _start.Environment["THREADS"] = _start.Environment["OMP_NUM_THREADS"] = $"{threads}";
        _start.Environment["RUNS"] = $"{runs}";
        return JsonProcess.Run(_start, cancellationToken);
    }
}
