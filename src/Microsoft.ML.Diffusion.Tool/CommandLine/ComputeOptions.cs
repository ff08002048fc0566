using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Tool.Engines;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>The options of commands that compute: the device, its engine, the threads and the seed.</summary>
internal sealed class ComputeOptions
{
    private const string EngineVariable = "DIFFUSION_ML_ENGINE";

    private readonly Option<string?> _device = new("--device")
    {
        HelpName = "cpu|gpu|gpu:N",
        Description = "Where to compute. The default is the CPU, or the first GPU if an engine for GPUs is given.",
    };

    private readonly Option<DirectoryInfo?> _engine = new("--engine")
    {
        HelpName = "DIR",
        Description = $"The folder of an engine for GPUs. The default is the variable {EngineVariable}.",
    };

    private readonly Option<int> _threads = NumberOption.Of(
        "--threads", "N", "The number of threads; 0 for one per processor. Results do not depend on it.", 0, min: 0);

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "N", Description = "The seed of all randomness: the same seed gives the same result.", DefaultValueFactory = _ => 1,
    };

    private readonly Terminal _terminal;
    private readonly bool _hasSeed;

    /// <summary>Creates the options.</summary>
    public ComputeOptions(Terminal terminal, bool hasSeed)
    {
        (_terminal, _hasSeed) = (terminal, hasSeed);
        _device.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !TryParseDevice(token.Value, out _))
                result.AddError($"'{token.Value}' is not a device; expected cpu, gpu, or gpu:N with N from 0.");
        });
    }

    /// <summary>The options, for a command.</summary>
    public Option[] All => _hasSeed ? [_seed, _device, _engine, _threads] : [_device, _engine, _threads];

    /// <summary>The option of the seed.</summary>
    public Option SeedOption => _seed;

    /// <summary>The number of threads.</summary>
    public int Threads(ParseResult result) => result.GetValue(_threads);

    /// <summary>The seed.</summary>
    public int Seed(ParseResult result) => result.GetValue(_seed);

    /// <summary>A context with the seed and the device, whose warnings go to the terminal.</summary>
    public MLContext CreateContext(ParseResult result)
    {
        string? folder = result.GetValue(_engine)?.FullName ?? Environment.GetEnvironmentVariable(EngineVariable);
        if (string.IsNullOrEmpty(folder))
            folder = null;
        int? device = folder is null ? null : 0;
        if (result.GetValue(_device) is string name)
            _ = TryParseDevice(name, out device);
        if (device is not null && folder is null)
        {
            throw new UsageException(
                "There is no engine for GPUs: this program computes on the CPU by itself. Name an engine's folder with --engine, or in " +
                    $"the variable {EngineVariable}.");
        }
        if (device is not null)
            EngineFolder.Load(folder!);
        var mlContext = new MLContext(_hasSeed ? Seed(result) : null) { GpuDeviceId = device, FallbackToCpu = false };
        mlContext.Log += (_, e) =>
        {
            if (e.Kind >= Runtime.ChannelMessageKind.Warning)
                _terminal.Warn(OptionNames.Translate(e.RawMessage));
        };
        return mlContext;
    }

    /// <summary>Reads a device; null is the CPU.</summary>
    private static bool TryParseDevice(string text, out int? device)
    {
        device = null;
        if (text == "cpu")
            return true;
        if (text == "gpu")
        {
            device = 0;
            return true;
        }
        if (text.StartsWith("gpu:", StringComparison.Ordinal) &&
            int.TryParse(text.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            device = number;
            return true;
        }
        return false;
    }
}
