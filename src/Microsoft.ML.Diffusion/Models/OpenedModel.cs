using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>An estimator's model before its weights are read: its config.json, read once, and its tokenizer.</summary>
internal sealed class OpenedModel
{
    /// <summary>Reads config.json.</summary>
    /// <param name="source">The location of the model.</param>
    /// <exception cref="CheckpointException">config.json is missing or damaged, or names an unknown family.</exception>
    public OpenedModel(EncoderModel source)
    {
        (Source, Json) = (source, source.Files.OpenConfiguration());
        Family = EncoderFamily.Of(Json);
        Configuration = Family.Read(Json);
    }

    /// <summary>The location of the model.</summary>
    public EncoderModel Source { get; }

    /// <summary>The content of config.json.</summary>
    public ConfigurationJson Json { get; }

    /// <summary>The family that config.json names.</summary>
    public EncoderFamily Family { get; }

    /// <summary>The configuration of the encoder.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The tokenizer, read when it is first needed.</summary>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    public Tokenizer Tokenizer => Source.Tokenizer;
}
