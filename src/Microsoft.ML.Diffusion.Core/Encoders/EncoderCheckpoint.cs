using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// Reads an encoder with its masked-language head from the files of a Hugging Face directory, and writes it back under the
/// family's own names. Tensors that belong to other heads are left out.
/// </summary>
public static class EncoderCheckpoint
{
    private const int PieceLength = 1 << 16;

    /// <summary>Reads what the encoder in a model's files is built from.</summary>
    /// <exception cref="CheckpointException"><c>config.json</c> is missing or damaged, or names a family that is not known.</exception>
    public static EncoderConfiguration ReadConfiguration(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ConfigurationJson json = files.OpenConfiguration();
        return EncoderFamily.Of(json).Read(json);
    }

    /// <summary>Reads a model.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="engine">Where the weights go.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    public static MaskedLanguageModel Load(ModelFiles files, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(engine);
        ConfigurationJson json = files.OpenConfiguration();
        EncoderFamily family = EncoderFamily.Of(json);
        EncoderConfiguration configuration = family.Read(json);
        using TensorSource tensors = files.OpenTensors();
        // Every layer has tensors of its own, so a number beyond the file's is not believed.
        if (configuration.Layers > tensors.Entries.Count)
            throw json.Error("num_hidden_layers", $"as many layers as the weights have, which are {tensors.Entries.Count:N0} tensors");
        configuration = configuration with { TiedDecoder = configuration.TiedDecoder || !HasOwnDecoder(family, configuration, tensors) };
        var model = new MaskedLanguageModel(family, configuration, engine);
        try
        {
            Dictionary<string, TensorName> names = family.Names(configuration).ToDictionary(name => name.Parameter);
            // Everything is looked at before memory is taken.
            var plan = model.Parameters.All.Select(parameter => (Parameter: parameter, Tensors: Find(tensors, family, names[parameter.Name], parameter))).ToList();
            foreach ((Parameter parameter, string[] sources) in plan)
            {
                // Packed one by one, so that the model is never held twice.
                Read(tensors, sources, parameter, engine);
                model.PrepareForInference(parameter);
            }
            ElementType[] types = [.. plan.SelectMany(item => item.Tensors).Select(name => tensors.Require(name).ElementType ?? ElementType.Float32).Distinct()];
            model.StoredAs = types is [ElementType only] ? only : ElementType.Float32;
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c> into a directory that exists.</summary>
    /// <param name="model">The model.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="type">How weights are stored.</param>
    public static void Save(MaskedLanguageModel model, string directory, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicFile.Write(Path.Combine(directory, ModelFiles.ConfigurationName), stream => WriteConfiguration(model, stream, type));
        SafeTensorsWriter.Write(Path.Combine(directory, ModelFiles.WeightsName), Tensors(model, type));
    }

    /// <summary>The model's tensors under the family's names.</summary>
    public static IEnumerable<TensorToWrite> Tensors(MaskedLanguageModel model, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        Dictionary<string, TensorName> names = model.Family.Names(model.Configuration).ToDictionary(name => name.Parameter);
        foreach (Parameter parameter in model.Parameters.All)
        {
            string[] targets = names[parameter.Name].Tensors;
            long length = parameter.Length / targets.Length;
            for (int i = 0; i < targets.Length; i++)
            {
                long offset = i * length;
                yield return new TensorToWrite(
                    targets[i], Shape(parameter, targets.Length), type,
                    (start, destination) => model.Engine.Read(parameter, offset + start, destination));
            }
        }
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    public static void WriteConfiguration(MaskedLanguageModel model, Stream stream, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartArray("architectures");
        writer.WriteStringValue(model.Family.Architecture);
        writer.WriteEndArray();
        writer.WriteString("model_type", model.Family.ModelType);
        writer.WriteString("torch_dtype", type switch { ElementType.Float16 => "float16", ElementType.BFloat16 => "bfloat16", _ => "float32" });
        model.Family.Write(model.Configuration, writer);
        writer.WriteEndObject();
    }

    private static bool HasOwnDecoder(EncoderFamily family, EncoderConfiguration configuration, TensorSource tensors) =>
        tensors.Contains(family.Names(configuration).First(name => name.Parameter == "decoder.weight").Tensors[0]);

    private static long[] Shape(Parameter parameter, int parts) =>
        parameter.IsVector ? [parameter.Columns / parts] : [parameter.Rows / parts, parameter.Columns];

    /// <summary>The names under which the checkpoint has a parameter, each checked for its shape.</summary>
    private static string[] Find(TensorSource tensors, EncoderFamily family, TensorName name, Parameter parameter)
    {
        long[] shape = Shape(parameter, name.Tensors.Length);
        return Array.ConvertAll(name.Tensors, expected =>
        {
            string found = Spellings(family, expected).Concat(name.Alternatives).FirstOrDefault(tensors.Contains) ?? expected;
            return tensors.Require(found, shape).Name;
        });
    }

    /// <summary>A name as the family has it, without the family's prefix, and with TensorFlow's names of normalisation weights.</summary>
    private static IEnumerable<string> Spellings(EncoderFamily family, string name)
    {
        string[] ends = name.Contains("norm", StringComparison.OrdinalIgnoreCase)
            ? [name, name.Replace(".weight", ".gamma", StringComparison.Ordinal).Replace(".bias", ".beta", StringComparison.Ordinal)]
            : [name];
        foreach (string spelling in ends)
        {
            yield return spelling;
            if (spelling.StartsWith(family.Prefix, StringComparison.Ordinal))
                yield return spelling[family.Prefix.Length..];
        }
    }

    private static void Read(TensorSource tensors, string[] sources, Parameter parameter, Engine engine)
    {
        parameter.Value = engine.CreateBuffer(parameter.Length);
        long length = parameter.Length / sources.Length;
        var piece = new float[Math.Min(length, PieceLength)];
        for (int i = 0; i < sources.Length; i++)
        {
            for (long start = 0; start < length; start += piece.Length)
            {
                Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, length - start));
                tensors.Read(sources[i], start, values);
                engine.Write(parameter.Value, i * length + start, values);
            }
        }
    }
}
