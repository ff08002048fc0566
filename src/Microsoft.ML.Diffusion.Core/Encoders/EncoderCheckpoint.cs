using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Text;
using Messages = Microsoft.ML.Diffusion.Checkpoints.Messages;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// Reads an encoder with its masked-language head from the files of a Hugging Face directory, and writes it back under the family's own
/// names. Tensors of other heads are ignored.
/// </summary>
public static class EncoderCheckpoint
{
    private const int PieceLength = 1 << 16;

    /// <summary>Reads the configuration of the encoder in a model's files.</summary>
    /// <exception cref="CheckpointException"><c>config.json</c> is missing or damaged, or names an unknown family.</exception>
    public static EncoderConfiguration ReadConfiguration(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ConfigurationJson json = files.OpenConfiguration();
        return EncoderFamily.Of(json).Read(json);
    }

    /// <summary>Reads an encoder with its masked-language head.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="dropout">The dropout rate in training, of the embeddings and of the outputs of sublayers; null for the checkpoint's
    /// own.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dropout rate is not in [0, 0.99].</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static MaskedLanguageModel Load(ModelFiles files, Engine engine, double? dropout = null,
        CancellationToken cancellationToken = default)
    {
        CheckDropout(dropout);
        (EncoderFamily family, EncoderConfiguration configuration, TensorSource tensors) = Open(files, engine);
        using (tensors)
        {
            if (family.ReasonNotToWrite(tensors) is string reason)
                throw new CheckpointException($"{files.Description} {reason}");
            if (dropout is double rate)
                configuration = configuration.WithDropout(rate);
            configuration =
                configuration with { Head =
                    configuration.Head with { IsTied = configuration.Head.IsTied || !HasOwnDecoder(family, tensors) } };
            var model = new MaskedLanguageModel(family, configuration, engine);
            Fill(model, tensors, freshHeadSeed: null, cancellationToken: cancellationToken);
            return model;
        }
    }

    /// <summary>Reads an encoder without a head; those that the files have are ignored.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static EmbeddingModel LoadEncoder(ModelFiles files, Engine engine, CancellationToken cancellationToken = default)
    {
        (EncoderFamily family, EncoderConfiguration configuration, TensorSource tensors) = Open(files, engine);
        using (tensors)
        {
            var model = new EmbeddingModel(family, configuration, engine);
            Fill(model, tensors, freshHeadSeed: null, cancellationToken: cancellationToken);
            return model;
        }
    }

    /// <summary>Reads an encoder with the task head that it was saved with.</summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="kind">The task.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <returns>A model ready for inference.</returns>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights disagree with the configuration.</exception>
    internal static TaskModel LoadTask(ModelFiles files, TaskKind kind, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(files);
        return LoadTask(files, TaskConfiguration.Read(files.OpenConfiguration(), kind), engine);
    }

    /// <inheritdoc cref="LoadTask(ModelFiles, TaskKind, Engine)"/>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="task">The task, with a name for each output of the head.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static TaskModel LoadTask(ModelFiles files, TaskConfiguration task, Engine engine,
        CancellationToken cancellationToken = default) =>
        LoadTask(files, task, engine, freshHeadSeed: null, configuration => configuration, cancellationToken);

    /// <summary>
    /// Reads an encoder for fine-tuning on a task. The head's weights are taken from the checkpoint if they fit, and those of the last
    /// layer only if its labels are the same; the rest is freshly initialized and listed in <see cref="TaskModel.FreshParameters"/>.
    /// </summary>
    /// <param name="files"><c>config.json</c> and the weights.</param>
    /// <param name="task">The requested task.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="seed">The seed of fresh weights.</param>
    /// <param name="pooling">How a sequence is pooled; null for the checkpoint's own setting.</param>
    /// <param name="dropout">The dropout rate in training, of the embeddings, of the outputs of sublayers and in the head; null for the
    /// checkpoint's own.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>A model ready for inference; call <see cref="EncoderWithHead.PrepareForTraining"/> before training.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The dropout rate is not in [0, 0.99].</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the encoder's weights
    /// disagree with the configuration.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    internal static TaskModel LoadForTask(
        ModelFiles files, TaskConfiguration task, Engine engine, ulong seed, TextPooling? pooling = null, double? dropout = null,
        CancellationToken cancellationToken = default)
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
    /// Writes <c>config.json</c> and <c>model.safetensors</c> into a directory, which is created if missing: both or neither, even if the
    /// process is killed. Other weights in it are removed: shards and <c>pytorch_model.bin</c>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="type">How weights are stored.</param>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    public static void Save(EncoderWithHead model, string directory, ElementType type = ElementType.Float32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicDirectory.Write(directory, written => WriteTo(written, model, type), superseded: ModelFiles.OtherWeights(directory));
    }

    /// <summary>
    /// Writes <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files into a directory, which is created if missing: all or
    /// none, even if the process is killed. An existing model is replaced completely, including its shards, its <c>pytorch_model.bin</c>
    /// and the files of its tokenizer.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="cancellationToken">Checked while weights are written, and before the files are moved into place.</param>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled; the directory is unchanged.</exception>
    public static void Save(
        EncoderWithHead model, Tokenizer tokenizer, string directory, ElementType type = ElementType.Float32,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicDirectory.Write(
            directory,
            written =>
            {
                WriteTo(written, model, type, cancellationToken);
                tokenizer.ToFiles(SequenceTemplate.WithSeparators(model.Family.PairSeparators)).WriteTo(written);
            },
            cancellationToken,
            ModelFiles.OtherWeights(directory).Concat(TokenizerFiles.Known));
    }

    /// <summary>Writes the weights in the format of <c>model.safetensors</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="type">How weights are stored.</param>
    /// <param name="cancellationToken">Checked while weights are written.</param>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
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
        writer.WriteString("torch_dtype",
            type switch { ElementType.Float16 => "float16", ElementType.BFloat16 => "bfloat16", _ => "float32" });
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
            if (freshHeadSeed is null && task.Kind != TaskKind.QuestionAnswering)
                CheckOutputs(model, tensors);
            model.FreshParameters =
                Fill(model, tensors, freshHeadSeed, parameter => sameLabels || !model.Head.Output.Has(parameter), cancellationToken);
            return model;
        }
    }

    private static void CheckDropout(double? dropout)
    {
        if (dropout is not (null or (>= 0 and <= 0.99)))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout,
                "Give a dropout rate from 0 to 0.99; 0.1 is usual. Omit it for the checkpoint's own.");
    }

    private static bool HasLabels(ModelFiles files, TaskConfiguration task) =>
        task.Kind == TaskKind.QuestionAnswering ||
            TaskConfiguration.FindLabels(files.OpenConfiguration())?.SequenceEqual(task.Labels) == true;

    private static (EncoderFamily Family, EncoderConfiguration Configuration, TensorSource Tensors) Open(ModelFiles files, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(engine);
        ConfigurationJson json = files.OpenConfiguration();
        EncoderFamily family = EncoderFamily.Of(json);
        EncoderConfiguration configuration = family.Read(json);
        TensorSource tensors = WrapperPrefix.TakeOff(files.OpenTensors(), family, configuration);
        try
        {
            // Every layer has its own tensors, so a number of layers above the number of tensors is wrong.
            if (configuration.StoredLayers > tensors.Entries.Count)
                throw json.Error("num_hidden_layers",
                    $"the number of layers in the weights, which have only {tensors.Entries.Count:N0} tensors");
            UnsupportedFeatures.Check(tensors);
            return (family, configuration, tensors);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Reads all parameters, initializes missing ones of the head if there is a seed, and disposes the model on failure.</summary>
    /// <returns>The freshly initialized parameters.</returns>
    private static List<Parameter> Fill(EncoderWithHead model, TensorSource tensors, ulong? freshHeadSeed,
        Func<Parameter, bool>? takes = null, CancellationToken cancellationToken = default)
    {
        try
        {
            Dictionary<string, TensorName> names = model.TensorNames().ToDictionary(name => name.Parameter);
            var plan = new List<(Parameter Parameter, string[] Tensors)>();
            var fresh = new List<Parameter>();
            // Everything is checked before memory is allocated.
            foreach (Parameter parameter in model.Parameters.All)
            {
                bool mayBeFresh = freshHeadSeed is not null && parameter.Part == ModelPart.Head;
                string[]? found = takes?.Invoke(parameter) != false ? Find(model, tensors, names[parameter.Name], parameter, mayBeFresh) : null;
                if (found is null)
                    fresh.Add(parameter);
                else
                    plan.Add((parameter, found));
            }
            foreach ((Parameter parameter, string[] sources) in plan)
            {
                // Packed one by one, so that the model is never in memory twice.
                Read(tensors, sources, parameter, model.Engine, cancellationToken);
                model.PrepareForInference(parameter);
            }
            foreach (Parameter parameter in fresh)
            {
                model.InitializeFresh(parameter, freshHeadSeed!.Value);
                model.PrepareForInference(parameter);
            }
            ElementType[] types = [.. plan.SelectMany(item => item.Tensors)
                .Select(name => tensors.Require(name).ElementType ?? ElementType.Float32).Distinct()];
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

    /// <summary>
    /// The checkpoint's names for a parameter, each with the right shape; null if one is missing or does not fit, if that is allowed.
    /// </summary>
    private static string[]? Find(
        EncoderWithHead model, TensorSource tensors, TensorName name, Parameter parameter, bool mayBeMissing)
    {
        long[] shape = Shape(parameter, name.Tensors.Length);
        string[] found = Locate(tensors, model.Family, name);
        if (mayBeMissing && Array.Exists(found, tensor => !tensors.Contains(tensor) || !tensors.Require(tensor).Shape.SequenceEqual(shape)))
            return null;
        if (parameter.Part == ModelPart.Head && Array.Find(found, tensor => !tensors.Contains(tensor)) is string missing)
            throw MissingHead(model, tensors, missing);
        foreach (string tensor in found)
            tensors.Require(tensor, shape);
        return found;
    }

    /// <summary>The names under which the checkpoint has a parameter; the expected ones for those that it lacks.</summary>
    private static string[] Locate(TensorSource tensors, EncoderFamily family, TensorName name) => Array.ConvertAll(
        name.Tensors, expected => Spellings(family, expected).Concat(name.Alternatives).FirstOrDefault(tensors.Contains) ?? expected);

    /// <summary>Refuses a head whose number of outputs is not the number of names in <c>id2label</c>.</summary>
    private static void CheckOutputs(TaskModel model, TensorSource tensors)
    {
        TensorName output = model.TensorNames().Single(name => name.Parameter == model.Head.Output.Weight.Name);
        string weight = Locate(tensors, model.Family, output)[0];
        if (!tensors.Entries.TryGetValue(weight, out TensorEntry? entry) || entry.Shape.Length == 0 || entry.Shape[0] == model.Task.Outputs)
            return;
        model.Dispose();
        throw new CheckpointException(
            $"'{tensors.Name}': the head's last layer, {Messages.Quote(weight)}, has {entry.Shape[0]} outputs, but id2label in config.json " +
            $"names {model.Task.Outputs} (two if it is absent); expected a name for each. Use the config.json that was saved with these weights.");
    }

    private static CheckpointException MissingHead(EncoderWithHead model, TensorSource tensors, string missing)
    {
        HashSet<string> encoder = [.. model.Family.EncoderNames(model.Configuration).SelectMany(name => Locate(tensors, model.Family, name))];
        string[] others =
        [
            .. tensors.Entries.Keys.Where(name => !name.StartsWith(model.Family.Prefix, StringComparison.Ordinal) && !encoder.Contains(name))
                .Order(StringComparer.Ordinal).Take(3)
        ];
        string has = others.Length == 0
            ? "it contains an encoder alone"
            : $"beside the encoder it contains {string.Join(", ", others.Select(name => Messages.Quote(name)))}";
        string remedy = model is TaskModel
            ? "Fine-tune the model for the task first, which gives it a head, or use a checkpoint that was fine-tuned for it."
            : "Such a model can be fine-tuned, but it neither writes nor fills in masked tokens. For that, use the checkpoint of the same " +
                $"model that has its masked-language head (architectures: {model.Architecture}).";
        return new CheckpointException(
            $"'{tensors.Name}' has no head of {model.Architecture}: there is no tensor {Messages.Quote(missing)}; {has}. {remedy}");
    }

    /// <summary>A name in the family's form, without the family's prefix, and with TensorFlow's names of normalization weights.</summary>
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

    private static void Read(TensorSource tensors, string[] sources, Parameter parameter, Engine engine,
        CancellationToken cancellationToken)
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
