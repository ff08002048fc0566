using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The source of a model: the embedded one, or a Hugging Face directory with <c>config.json</c>, <c>model.safetensors</c> (or
/// <c>pytorch_model.bin</c>) and the tokenizer's files. Nothing is downloaded unless <c>Download</c> is called.
/// </summary>
public sealed class EncoderModel
{
    private const string EmbeddedPrefix = "EmbeddedModel.";
    private readonly Lazy<ModelFiles> _files;
    private readonly Lazy<Tokenizer> _tokenizer;

    private EncoderModel(Lazy<ModelFiles> files, bool isQuantized = false)
    {
        (_files, IsQuantized) = (files, isQuantized);
        _tokenizer = new Lazy<Tokenizer>(OpenTokenizer);
    }

    /// <summary>
    /// The embedded model: small, English, trained with this library on public-domain novels. Its card is in docs/embedded-model.md.
    /// </summary>
    public static EncoderModel Default { get; } =
        new(new Lazy<ModelFiles>(() => ModelFiles.FromResources(
            typeof(EncoderModel).Assembly, EmbeddedPrefix, "the embedded model")));

    /// <summary>The model's files.</summary>
    /// <exception cref="CheckpointException">This is the embedded model, and this build does not include it.</exception>
    public ModelFiles Files => _files.Value;

    /// <summary>Whether the encoder's linear layers are rounded to 8-bit integers before the model generates or scores.</summary>
    public bool IsQuantized { get; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>
    /// The default maximum number of tokens of an input when the model is applied as it is, special tokens included: the encoder's, or
    /// <c>model_max_length</c> in <c>tokenizer_config.json</c> if that is less. Trainers use the encoder's.
    /// </summary>
    /// <exception cref="CheckpointException"><c>config.json</c> is missing or damaged.</exception>
    /// <exception cref="TokenizerException"><c>tokenizer_config.json</c> is damaged.</exception>
    public int MaxLength
    {
        get
        {
            int length = EncoderCheckpoint.ReadConfiguration(Files).MaxLength;
            using ModelFile? file = Files.TryOpen(TokenizerFiles.TokenizerConfig);
            if (file is null)
                return length;
            using JsonDocument json = Json.ParseObject(TokenizerFiles.TokenizerConfig, file.ReadAllBytes((int)TokenizerFiles.LargestFile));
            return json.RootElement.TryGetProperty("model_max_length", out JsonElement value) && value.ValueKind == JsonValueKind.Number &&
                value.TryGetDouble(out double tokens) && tokens >= 1 && tokens < length // Transformers writes 1e30 for no maximum
                ? (int)tokens : length;
        }
    }

    /// <summary>
    /// A model in a Hugging Face directory. A sentence-transformers directory and one of the hub's cache are followed to the folder that
    /// contains the model. The files are read when they are needed.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="CheckpointException">There is no such directory, or it names a folder that does not exist.</exception>
    public static EncoderModel FromDirectory(string path) => FromFiles(ModelFiles.FromDirectory(path));

    /// <summary>A model whose files may be anywhere, such as in a zip.</summary>
    public static EncoderModel FromFiles(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new EncoderModel(new Lazy<ModelFiles>(files));
    }

    /// <summary>
    /// The same model with its encoder's linear layers rounded to 8-bit integers before it generates or scores: a quarter of their memory,
    /// and faster on processors with AVX-VNNI. Training uses floats; the weights are rounded afterwards.
    /// </summary>
    public EncoderModel Quantized() => new(_files, isQuantized: true);

    /// <summary>Loads the encoder with its masked-language head, ready for inference.</summary>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration
    /// and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public MaskedLanguageModel LoadMaskedLanguageModel(Engine engine, CancellationToken cancellationToken = default)
    {
        MaskedLanguageModel model = LoadForTraining(engine, cancellationToken: cancellationToken);
        if (IsQuantized)
            model.Quantize();
        return model;
    }

    /// <summary>
    /// Loads the encoder with its masked-language head for training: in floats, which are rounded, if requested, when the model is prepared
    /// for inference.
    /// </summary>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="dropout">The dropout rate in training; null for the checkpoint's own.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <inheritdoc cref="LoadMaskedLanguageModel"/>
    public MaskedLanguageModel LoadForTraining(Engine engine, double? dropout = null, CancellationToken cancellationToken = default)
    {
        CheckTokenizer();
        MaskedLanguageModel model = EncoderCheckpoint.Load(Files, engine, dropout, cancellationToken);
        model.QuantizesForInference = IsQuantized;
        return model;
    }

    /// <summary>
    /// Loads the encoder with the head that its checkpoint names (<c>architectures</c>), or without a head if it names none that is known,
    /// ready for inference.
    /// </summary>
    /// <inheritdoc cref="LoadMaskedLanguageModel"/>
    public EncoderWithHead Load(Engine engine, CancellationToken cancellationToken = default)
    {
        ConfigurationJson json = Files.OpenConfiguration();
        if (TaskConfiguration.FindKind(json) is TaskKind kind)
            return LoadTask(TaskConfiguration.Read(json, kind), engine, cancellationToken);
        return json.Strings("architectures").Any(EncoderFamily.Of(json).IsMaskedLanguageClass)
            ? LoadMaskedLanguageModel(engine, cancellationToken) : LoadEncoder(engine, cancellationToken);
    }

    /// <summary>Loads the encoder without a head, ready for inference.</summary>
    /// <inheritdoc cref="LoadMaskedLanguageModel"/>
    public EmbeddingModel LoadEncoder(Engine engine, CancellationToken cancellationToken = default)
    {
        CheckTokenizer();
        EmbeddingModel model = EncoderCheckpoint.LoadEncoder(Files, engine, cancellationToken);
        if (IsQuantized)
            model.Quantize();
        return model;
    }

    /// <summary>Loads the encoder with the task head that it was saved with, ready for inference.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration
    /// and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public TaskModel LoadTask(TaskKind kind, Engine engine) => LoadTask(TaskConfiguration.Read(Files.OpenConfiguration(), kind), engine);

    /// <summary>
    /// Loads the encoder with the task head that it was saved with, read as a configuration that may say more than the checkpoint's own:
    /// the problem of a sequence head whose <c>config.json</c> names none.
    /// </summary>
    /// <param name="task">The task, with a name for each output of the head.</param>
    /// <param name="engine">The engine of the weights.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration
    /// and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public TaskModel LoadTask(TaskConfiguration task, Engine engine, CancellationToken cancellationToken = default)
    {
        CheckTokenizer();
        TaskModel model = EncoderCheckpoint.LoadTask(Files, task, engine, cancellationToken);
        if (IsQuantized)
            model.Quantize();
        return model;
    }

    /// <summary>Loads the encoder for fine-tuning on a task; see <see cref="EncoderCheckpoint.LoadForTask"/>.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration
    /// and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public TaskModel LoadForTask(
        TaskConfiguration task, Engine engine, ulong seed, TextPooling? pooling = null, double? dropout = null,
        CancellationToken cancellationToken = default)
    {
        CheckTokenizer();
        TaskModel model = EncoderCheckpoint.LoadForTask(Files, task, engine, seed, pooling, dropout, cancellationToken);
        model.QuantizesForInference = IsQuantized;
        return model;
    }

    /// <summary>The tokenizer is read first: it is small, and a model that does not fit it need not be loaded.</summary>
    private void CheckTokenizer()
    {
        ConfigurationJson json = Files.OpenConfiguration();
        int tokens = Tokenizer.VocabularySize, rows = EncoderFamily.Of(json).Read(json).VocabularySize;
        if (tokens > rows)
        {
            throw new CheckpointException(
                $"The tokenizer of {Files.Description} has ids up to {tokens - 1} ('{Tokenizer.Spell(tokens - 1)}'), and the model's " +
                $"vocabulary (vocab_size in config.json) has {rows}; expected at least {tokens}. Use the files that were saved together.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => IsQuantized ? $"{Files.Description}, 8-bit" : Files.Description;

    private Tokenizer OpenTokenizer() =>
        Tokenizer.FromFiles(TokenizerFiles.Collect(Files.Description, Files.Names, Files.Exists, ReadTokenizerFile));

    private byte[] ReadTokenizerFile(string name)
    {
        if (name == ModelFiles.ConfigurationName)
            return ReadConfiguration();
        using ModelFile file = Files.Open(name);
        return file.ReadAllBytes((int)TokenizerFiles.LargestFile);
    }

    /// <summary>
    /// config.json, which is read once for the model and its tokenizer; nothing if it is damaged, as that is the model's error.
    /// </summary>
    private byte[] ReadConfiguration()
    {
        try
        {
            return Files.OpenConfiguration().ToUtf8();
        }
        catch (CheckpointException)
        {
            return [];
        }
    }
}
