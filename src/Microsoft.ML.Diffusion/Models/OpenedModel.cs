using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>An estimator's model before its weights are read: what its config.json says, read once, and its tokenizer.</summary>
internal sealed class OpenedModel
{
    /// <summary>Reads config.json.</summary>
    /// <param name="source">Where the model is.</param>
    /// <exception cref="CheckpointException">It is missing or damaged, or names a family that is not known.</exception>
    public OpenedModel(EncoderModel source)
    {
        (Source, Json) = (source, source.Files.OpenConfiguration());
        Family = EncoderFamily.Of(Json);
        Configuration = Family.Read(Json);
    }

    /// <summary>Where the model is.</summary>
    public EncoderModel Source { get; }

    /// <summary>config.json itself.</summary>
    public ConfigurationJson Json { get; }

    /// <summary>The family that it names.</summary>
    public EncoderFamily Family { get; }

    /// <summary>What the encoder is built from.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The tokenizer, read when it is first asked for.</summary>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    public Tokenizer Tokenizer => Source.Tokenizer;
}
