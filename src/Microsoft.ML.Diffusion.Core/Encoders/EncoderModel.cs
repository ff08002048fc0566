using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Where a model comes from: the embedded one, or a Hugging Face directory with <c>config.json</c>, <c>model.safetensors</c> and the
/// tokenizer's files. Nothing is downloaded.
/// </summary>
public sealed class EncoderModel
{
    private const string EmbeddedPrefix = "EmbeddedModel.";
    private readonly Lazy<ModelFiles> _files;
    private readonly Lazy<Tokenizer> _tokenizer;

    private EncoderModel(Lazy<ModelFiles> files)
    {
        _files = files;
        _tokenizer = new Lazy<Tokenizer>(OpenTokenizer);
    }

    /// <summary>The embedded model: small, English, taught by this software on public-domain novels. Its card is in docs/embedded-model.md.</summary>
    public static EncoderModel Default { get; } = new(new Lazy<ModelFiles>(() => ModelFiles.FromResources(typeof(EncoderModel).Assembly, EmbeddedPrefix)));

    /// <summary>The model's files.</summary>
    /// <exception cref="CheckpointException">It is the embedded model, and this build has none.</exception>
    public ModelFiles Files => _files.Value;

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>A model in a directory.</summary>
    /// <exception cref="CheckpointException">There is no such directory.</exception>
    public static EncoderModel FromDirectory(string path) => FromFiles(ModelFiles.FromDirectory(path));

    /// <summary>A model whose files are anywhere, such as in a zip.</summary>
    public static EncoderModel FromFiles(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new EncoderModel(new Lazy<ModelFiles>(files));
    }

    /// <summary>Loads the encoder with its masked-language head, ready for inference.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public MaskedLanguageModel LoadMaskedLanguageModel(Engine engine)
    {
        CheckTokenizer();
        return EncoderCheckpoint.Load(Files, engine);
    }

    /// <summary>Loads the encoder with the head of a task that it was saved with, ready for inference.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public TaskModel LoadTask(TaskKind kind, Engine engine)
    {
        CheckTokenizer();
        return EncoderCheckpoint.LoadTask(Files, kind, engine);
    }

    /// <summary>Loads the encoder to be taught a task; see <see cref="EncoderCheckpoint.LoadForTask"/>.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public TaskModel LoadForTask(TaskHeadShape shape, Engine engine, ulong seed, TextPooling? pooling = null, double? dropout = null)
    {
        CheckTokenizer();
        return EncoderCheckpoint.LoadForTask(Files, shape, engine, seed, pooling, dropout);
    }

    /// <summary>The tokenizer comes first: it is small, and what does not fit it need not be loaded.</summary>
    private void CheckTokenizer()
    {
        ConfigurationJson json = Files.OpenConfiguration();
        int tokens = Tokenizer.VocabularySize, rows = EncoderFamily.Of(json).Read(json).VocabularySize;
        if (tokens > rows)
            throw new CheckpointException($"The tokenizer of {Files.Description} has {tokens} ids and the model's vocabulary {rows}; expected a tokenizer that fits. Use the files that were saved together.");
    }

    /// <inheritdoc/>
    public override string ToString() => Files.Description;

    private Tokenizer OpenTokenizer()
    {
        var files = new List<KeyValuePair<string, byte[]>>();
        foreach (string name in Files.Names.Where(TokenizerFiles.IsKnown))
        {
            using ModelFile file = Files.Open(name);
            files.Add(new(name, file.ReadAllBytes((int)TokenizerFiles.LargestFile)));
        }
        return Tokenizer.FromFiles(new TokenizerFiles(files));
    }
}
