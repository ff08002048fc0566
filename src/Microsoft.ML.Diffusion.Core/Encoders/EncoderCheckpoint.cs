using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Text;

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

    /// <summary>Reads an encoder with its masked-language head.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="engine">Where the weights go.</param>
    /// <param name="dropout">The rate of dropout while training, of the embeddings and of what sublayers add; null leaves it to the checkpoint.</param>
    /// <param name="cancellationToken">Looked at all along.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate of dropout is not from 0 to below 1.</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MaskedLanguageModel Load(ModelFiles files, Engine engine, double? dropout = null, CancellationToken cancellationToken = default)
    {
        CheckDropout(dropout);
        (EncoderFamily family, EncoderConfiguration configuration, TensorSource tensors) = Open(files, engine);
        using (tensors)
        {
            if (family.ReasonNotToWrite(tensors) is string reason)
                throw new CheckpointException($"{files.Description} {reason}");
            if (dropout is double rate)
                configuration = configuration.WithDropout(rate);
            configuration = configuration with { Head = configuration.Head with { IsTied = configuration.Head.IsTied || !HasOwnDecoder(family, tensors) } };
            var model = new MaskedLanguageModel(family, configuration, engine);
            Fill(model, tensors, freshHeadSeed: null, cancellationToken: cancellationToken);
            return model;
        }
    }

    /// <summary>Reads an encoder with the head of a task that it was saved with.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="kind">The task.</param>
    /// <param name="engine">Where the weights go.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    internal static TaskModel LoadTask(ModelFiles files, TaskKind kind, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(files);
        return LoadTask(files, TaskConfiguration.Read(files.OpenConfiguration(), kind), engine, freshHeadSeed: null, configuration => configuration);
    }

    /// <summary>
    /// Reads an encoder to be taught a task. What the checkpoint has of the head is taken where it fits, the last layer only where its
    /// labels are the same; the rest is made afresh, and <see cref="TaskModel.FreshParameters"/> says what.
    /// </summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="task">The task that is wanted.</param>
    /// <param name="engine">Where the weights go.</param>
    /// <param name="seed">The seed of fresh weights.</param>
    /// <param name="pooling">What stands for a whole sequence; null leaves it to the checkpoint.</param>
    /// <param name="dropout">The rate of dropout while training, of the embeddings, of what sublayers add and in the head; null leaves it to the checkpoint.</param>
    /// <param name="cancellationToken">Looked at all along.</param>
    /// <returns>A model ready for inference; <see cref="EncoderWithHead.PrepareForTraining"/> makes it ready to learn.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate of dropout is not from 0 to below 1.</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the encoder's weights disagree with the configuration.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static TaskModel LoadForTask(
        ModelFiles files, TaskConfiguration task, Engine engine, ulong seed, TextPooling? pooling = null, double? dropout = null, CancellationToken cancellationToken = default)
    {
        CheckDropout(dropout);
        return LoadTask(files, task, engine, seed, configuration =>
        {
            if (dropout is double rate)
                configuration = configuration.WithDropout(rate);
            return pooling is null ? configuration : configuration with { Head = configuration.Head with { Pooling = pooling.Value } };
        }, cancellationToken);
    }

    /// <summary>
    /// Writes <c>config.json</c> and <c>model.safetensors</c> into a directory, which is made where it is missing, as one act:
    /// all or nothing, also where the process is killed. Shards of other weights that stood there go.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="type">How weights are stored.</param>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    public static void Save(EncoderWithHead model, string directory, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicDirectory.Write(directory, written => WriteTo(written, model, type), superseded: ModelFiles.Shards(directory));
    }

    /// <summary>
    /// Writes <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files into a directory, which is made where it is missing, as
    /// one act, also where the process is killed: a model that stood there is replaced whole, its shards and the files of its tokenizer included.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="cancellationToken">Looked at while weights are written, and before the files are put in place.</param>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the directory is as it was.</exception>
    public static void Save(
        EncoderWithHead model, Tokenizer tokenizer, string directory, ElementType type = ElementType.Float32, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicDirectory.Write(
            directory,
            written =>
            {
                WriteTo(written, model, type, cancellationToken);
                tokenizer.ToFiles().WriteTo(written);
            },
            cancellationToken,
            ModelFiles.Shards(directory).Concat(TokenizerFiles.Known));
    }

    /// <summary>Writes the weights as <c>model.safetensors</c> has them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="cancellationToken">Looked at while weights are written.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void WriteWeights(
        EncoderWithHead model, Stream stream, ElementType type, CancellationToken cancellationToken = default) =>
        SafeTensorsWriter.Write(stream, Tensors(model, type), cancellationToken: cancellationToken);

    /// <summary>The model's tensors under the family's names.</summary>
    internal static IEnumerable<TensorToWrite> Tensors(EncoderWithHead model, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        Dictionary<string, TensorName> names = model.TensorNames().ToDictionary(name => name.Parameter);
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
    public static void WriteConfiguration(EncoderWithHead model, Stream stream, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartArray("architectures");
        writer.WriteStringValue(model.Architecture);
        writer.WriteEndArray();
        writer.WriteString("model_type", model.Family.ModelType);
        writer.WriteString("torch_dtype", type switch { ElementType.Float16 => "float16", ElementType.BFloat16 => "bfloat16", _ => "float32" });
        model.Family.Write(model.Configuration, writer);
        model.WriteHead(writer);
        writer.WriteEndObject();
    }

    private static void WriteTo(string directory, EncoderWithHead model, ElementType type, CancellationToken cancellationToken = default)
    {
        using (FileStream configuration = File.Create(Path.Combine(directory, ModelFiles.ConfigurationName)))
            WriteConfiguration(model, configuration, type);
        using FileStream weights = File.Create(Path.Combine(directory, ModelFiles.WeightsName));
        WriteWeights(model, weights, type, cancellationToken);
    }

    private static TaskModel LoadTask(
        ModelFiles files, TaskConfiguration task, Engine engine, ulong? freshHeadSeed,
        Func<EncoderConfiguration, EncoderConfiguration> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        (EncoderFamily family, EncoderConfiguration configuration, TensorSource tensors) = Open(files, engine);
        using (tensors)
        {
            var model = new TaskModel(family, change(configuration), task, engine);
            bool sameLabels = freshHeadSeed is null || HasLabels(files, task);
            model.FreshParameters = Fill(model, tensors, freshHeadSeed, parameter => sameLabels || !model.Head.Output.Has(parameter), cancellationToken);
            return model;
        }
    }

    private static void CheckDropout(double? dropout)
    {
        if (dropout is not (null or (>= 0 and <= 0.99)))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "The rate of dropout is a share from 0 to 0.99; 0.1 is usual. Leave it out for the checkpoint's own.");
    }

    private static bool HasLabels(ModelFiles files, TaskConfiguration task)
    {
        ConfigurationJson json = files.OpenConfiguration();
        return (task.Kind == TaskKind.QuestionAnswering || json.Has("id2label")) && TaskConfiguration.Read(json, task.Kind).Labels.SequenceEqual(task.Labels);
    }

    private static (EncoderFamily Family, EncoderConfiguration Configuration, TensorSource Tensors) Open(ModelFiles files, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(engine);
        ConfigurationJson json = files.OpenConfiguration();
        EncoderFamily family = EncoderFamily.Of(json);
        EncoderConfiguration configuration = family.Read(json);
        TensorSource tensors = WrapperPrefix.TakeOff(files.OpenTensors(), family, configuration);
        // Every layer has tensors of its own, so a number beyond the file's is not believed.
        if (configuration.StoredLayers <= tensors.Entries.Count)
            return (family, configuration, tensors);
        using (tensors)
            throw json.Error("num_hidden_layers", $"as many layers as the weights have, which are {tensors.Entries.Count:N0} tensors");
    }

    /// <summary>Reads all parameters, makes missing ones of the head afresh where there is a seed for that, and disposes the model where it fails.</summary>
    /// <returns>Those made afresh.</returns>
    private static List<Parameter> Fill(EncoderWithHead model, TensorSource tensors, ulong? freshHeadSeed, Func<Parameter, bool>? takes = null, CancellationToken cancellationToken = default)
    {
        try
        {
            Dictionary<string, TensorName> names = model.TensorNames().ToDictionary(name => name.Parameter);
            var plan = new List<(Parameter Parameter, string[] Tensors)>();
            var fresh = new List<Parameter>();
            // Everything is looked at before memory is taken.
            foreach (Parameter parameter in model.Parameters.All)
            {
                bool mayBeFresh = freshHeadSeed is not null && parameter.Part == ModelPart.Head;
                string[]? found = takes?.Invoke(parameter) != false ? Find(tensors, model.Family, names[parameter.Name], parameter, mayBeFresh) : null;
                if (found is null)
                    fresh.Add(parameter);
                else
                    plan.Add((parameter, found));
            }
            foreach ((Parameter parameter, string[] sources) in plan)
            {
                // Packed one by one, so that the model is never held twice.
                Read(tensors, sources, parameter, model.Engine, cancellationToken);
                model.PrepareForInference(parameter);
            }
            foreach (Parameter parameter in fresh)
            {
                model.InitializeFresh(parameter, freshHeadSeed!.Value);
                model.PrepareForInference(parameter);
            }
            ElementType[] types = [.. plan.SelectMany(item => item.Tensors).Select(name => tensors.Require(name).ElementType ?? ElementType.Float32).Distinct()];
            model.StoredAs = types is [ElementType only] && fresh.Count == 0 ? only : ElementType.Float32;
            return fresh;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static bool HasOwnDecoder(EncoderFamily family, TensorSource tensors) =>
        tensors.Contains(family.MaskedLanguageHeadNames().First(name => name.Parameter == "decoder.weight").Tensors[0]);

    private static long[] Shape(Parameter parameter, int parts) =>
        parameter.IsVector ? [parameter.Columns / parts] : [parameter.Rows / parts, parameter.Columns];

    /// <summary>The names under which the checkpoint has a parameter, each checked for its shape; null where it lacks one or one does not fit, and may.</summary>
    private static string[]? Find(TensorSource tensors, EncoderFamily family, TensorName name, Parameter parameter, bool mayBeMissing)
    {
        long[] shape = Shape(parameter, name.Tensors.Length);
        string[] found = Array.ConvertAll(name.Tensors, expected => Spellings(family, expected).Concat(name.Alternatives).FirstOrDefault(tensors.Contains) ?? expected);
        if (mayBeMissing && Array.Exists(found, tensor => !tensors.Contains(tensor) || !tensors.Require(tensor).Shape.SequenceEqual(shape)))
            return null;
        foreach (string tensor in found)
            tensors.Require(tensor, shape);
        return found;
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

    private static void Read(TensorSource tensors, string[] sources, Parameter parameter, Engine engine, CancellationToken cancellationToken)
    {
        engine.CreateValues(parameter);
        long length = parameter.Length / sources.Length;
        var piece = new float[Math.Min(length, PieceLength)];
        for (int i = 0; i < sources.Length; i++)
        {
            for (long start = 0; start < length; start += piece.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> values = piece.AsSpan(0, (int)Math.Min(piece.Length, length - start));
                tensors.Read(sources[i], start, values);
                engine.Write(parameter, i * length + start, values);
            }
        }
    }
}
