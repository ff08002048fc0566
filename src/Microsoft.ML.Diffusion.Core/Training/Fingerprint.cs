using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>Everything that a training depends on, part by part: two runs with equal fingerprints produce equal weights.</summary>
internal sealed class Fingerprint
{
    private const int PieceLength = 1 << 16;

    /// <summary>Parts with another name in snapshots of earlier versions: the old name and the new one.</summary>
    private static readonly Dictionary<string, string> s_renamed = new(StringComparer.Ordinal)
    {
        ["AveragingDecay"] = nameof(TrainingOptions.EmaDecay),
        ["GoogleBert"] = nameof(TrainingOptions.BertAdam),
        ["ReinitialisedLayers"] = nameof(TrainingOptions.ReinitializedLayers),
        ["the calm steps"] = "the steps at low mask rates",
    };

    private readonly SortedDictionary<string, string> _parts = new(StringComparer.Ordinal);

    internal Fingerprint()
    {
    }

    /// <summary>The parts, by name; long ones are hashed.</summary>
    internal IReadOnlyDictionary<string, string> Parts => _parts;

    /// <summary>Adds a part that a message may show.</summary>
    /// <param name="name">The part's name in messages.</param>
    /// <param name="value">Its value.</param>
    public void Add(string name, IFormattable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _parts.Add(name, value.ToString(null, CultureInfo.InvariantCulture));
    }

    /// <summary>Adds a text part.</summary>
    /// <inheritdoc cref="Add(string, IFormattable)"/>
    public void Add(string name, string value) => _parts.Add(name, value);

    /// <summary>Adds a part by its hash.</summary>
    /// <param name="name">The part's name in messages.</param>
    /// <param name="values">All of its numbers, of any type.</param>
    public void AddHash<T>(string name, ReadOnlySpan<T> values) where T : unmanaged =>
        _parts.Add(name, Text(SHA256.HashData(MemoryMarshal.AsBytes(values))));

    /// <summary>Adds the dropout rates: training depends on them, but no weight shows them.</summary>
    internal void AddDropout(EncoderConfiguration configuration)
    {
        double?[] rates =
        [
            configuration.Embeddings.Dropout, configuration.Attention.Dropout,
            configuration.FeedForward.Dropout ?? configuration.Attention.OutputDropout,
            configuration.Head.Dropout, configuration.Head.AnswerDropout,
        ];
        Add("the dropout rates", string.Join(' ', rates.OfType<double>().Select(rate => rate.ToString("R", CultureInfo.InvariantCulture))));
    }

    /// <summary>The fingerprint of a run that starts.</summary>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static Fingerprint Of(Engine engine, TrainingTask task, TrainingOptions options, CancellationToken cancellationToken = default)
    {
        var fingerprint = new Fingerprint();
        foreach (PropertyInfo option in typeof(TrainingOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            // When and how often state is saved changes no weight, nor does gradient checkpointing. The least number of steps is a part
            // of Epochs, so that snapshots of earlier versions, which do not name it, are continued.
            if (option.Name is not (nameof(options.CheckpointDirectory) or nameof(options.CheckpointInterval)
                or nameof(options.ReportInterval) or nameof(options.GradientCheckpointing) or nameof(options.MinSteps)))
                fingerprint.Add(option.Name, Convert.ToString(option.GetValue(options), CultureInfo.InvariantCulture) ?? "");
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var values = new float[PieceLength];
        foreach (Parameter parameter in task.Parameters.All)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{parameter.Name} {parameter.Rows} {parameter.Columns}\n")));
            for (long start = 0; start < parameter.Length; start += PieceLength)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> piece = values.AsSpan(0, (int)Math.Min(PieceLength, parameter.Length - start));
                engine.Read(parameter, start, piece);
                hash.AppendData(MemoryMarshal.AsBytes(piece));
            }
        }
        fingerprint.Add("the model's weights at the start", Text(hash.GetHashAndReset()));
        task.Describe(fingerprint);
        return fingerprint;
    }

    /// <summary>The differences from an earlier run's parts, for a message; empty if there are none.</summary>
    internal string Difference(IReadOnlyDictionary<string, string> earlier)
    {
        var then = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in earlier)
            then[s_renamed.GetValueOrDefault(name, name)] = value;
        return string.Join("; ", Parts.Keys.Union(then.Keys).Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Then: then.GetValueOrDefault(name, "absent"), Now: Parts.GetValueOrDefault(name, "absent")))
            .Where(part => part.Then != part.Now)
            .Select(part => part.Then.StartsWith(HashMark, StringComparison.Ordinal)
                ? $"{part.Name} (different then)" : $"{part.Name} ({part.Then} then, {part.Now} now)"));
    }

    private const string HashMark = "sha256:";

    private static string Text(byte[] hash) => HashMark + Convert.ToHexStringLower(hash);
}
