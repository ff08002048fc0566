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
    private static readonly Lazy<EncoderModel> s_default = new(() => new(ModelFiles.FromResources(typeof(EncoderModel).Assembly, EmbeddedPrefix)));
    private readonly Lazy<Tokenizer> _tokenizer;

    private EncoderModel(ModelFiles files)
    {
        Files = files;
        _tokenizer = new Lazy<Tokenizer>(OpenTokenizer);
    }

    /// <summary>The embedded model: small, English, taught by this software on public-domain novels. Its card is in docs/embedded-model.md.</summary>
    public static EncoderModel Default => s_default.Value;

    /// <summary>The model's files.</summary>
    public ModelFiles Files { get; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>A model in a directory.</summary>
    /// <exception cref="CheckpointException">There is no such directory.</exception>
    public static EncoderModel FromDirectory(string path) => new(ModelFiles.FromDirectory(path));

    /// <summary>A model whose files are anywhere, such as in a zip.</summary>
    public static EncoderModel FromFiles(ModelFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new EncoderModel(files);
    }

    /// <summary>Loads the encoder with its masked-language head, ready for inference.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged, or the weights, the configuration and the tokenizer disagree.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public MaskedLanguageModel LoadMaskedLanguageModel(Engine engine)
    {
        // The tokenizer first: it is small, and what does not fit it need not be loaded.
        ConfigurationJson json = Files.OpenConfiguration();
        int tokens = Tokenizer.VocabularySize, rows = EncoderFamily.Of(json).Read(json).VocabularySize;
        if (tokens <= rows)
            return EncoderCheckpoint.Load(Files, engine);
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
