using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Families.Albert;
using Microsoft.ML.Diffusion.Encoders.Families.Bert;
using Microsoft.ML.Diffusion.Encoders.Families.DistilBert;
using Microsoft.ML.Diffusion.Encoders.Families.Electra;
using Microsoft.ML.Diffusion.Encoders.Families.ModernBert;
using Microsoft.ML.Diffusion.Encoders.Families.Roberta;
using Microsoft.ML.Diffusion.Encoders.Heads;
using Microsoft.ML.Diffusion.Text;
using Messages = Microsoft.ML.Diffusion.Checkpoints.Messages;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// The specifics of one family of encoders: how <c>config.json</c> describes an encoder, and the names of its tensors. It does not access
/// files.
/// </summary>
public abstract class EncoderFamily
{
    /// <summary>BERT (Devlin et al. 2019).</summary>
    public static EncoderFamily Bert { get; } = new BertFamily();

    /// <summary>RoBERTa (Liu et al. 2019).</summary>
    public static EncoderFamily Roberta { get; } = new RobertaFamily();

    /// <summary>ModernBERT (Warner et al. 2024).</summary>
    public static EncoderFamily ModernBert { get; } = new ModernBertFamily();

    /// <summary>DistilBERT (Sanh et al. 2019).</summary>
    public static EncoderFamily DistilBert { get; } = new DistilBertFamily();

    /// <summary>ELECTRA (Clark et al. 2020): the discriminator, for fine-tuning, and the generator, which can also generate text.</summary>
    public static EncoderFamily Electra { get; } = new ElectraFamily();

    /// <summary>ALBERT (Lan et al. 2020).</summary>
    public static EncoderFamily Albert { get; } = new AlbertFamily();

    /// <summary><c>model_type</c> in <c>config.json</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>The prefix of Hugging Face's class names, such as <c>Roberta</c> in <c>RobertaForMaskedLM</c>.</summary>
    public abstract string ClassPrefix { get; }

    /// <summary>The prefix of the encoder's own tensor names, which may be missing in a checkpoint of the encoder alone.</summary>
    public abstract string Prefix { get; }

    /// <summary>The number of closing tokens between two texts of one sequence, unless the tokenizer's files say otherwise.</summary>
    public virtual int PairSeparators => 1;

    /// <summary>The number of closing tokens between two texts of one sequence: the tokenizer's, or the family's if its files do not say.
    /// </summary>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs in a form that is supported.</exception>
    public int SeparatorsOf(Tokenizer tokenizer) => TemplateOf(tokenizer).ForPairs().Separators;

    /// <summary>How texts become sequences: the tokenizer's, or the family's if its files do not say.</summary>
    internal SequenceTemplate TemplateOf(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Template ?? SequenceTemplate.WithSeparators(PairSeparators);
    }

    /// <summary>The family that <c>config.json</c> names.</summary>
    /// <exception cref="CheckpointException">It names none that is known, or asks for what no family has, such as a decoder.</exception>
    public static EncoderFamily Of(ConfigurationJson configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string? type = configuration.Has("model_type") ? configuration.String("model_type") : null;
        EncoderFamily family = Array.Find(All, family => family.ModelType == type) ?? throw Unknown(configuration, type);
        UnsupportedFeatures.Check(configuration);
        return family;
    }

    /// <summary>Reads an encoder's configuration.</summary>
    /// <exception cref="CheckpointException">A property is missing, of the wrong type, or has a value that is not supported.</exception>
    public abstract EncoderConfiguration Read(ConfigurationJson configuration);

    /// <summary>Writes the family's properties of <c>config.json</c>.</summary>
    internal abstract void Write(EncoderConfiguration configuration, Utf8JsonWriter writer);

    /// <summary>Builds an encoder and declares its parameters; their values come from a checkpoint or are freshly initialized.</summary>
    internal abstract Encoder Build(EncoderConfiguration configuration, ParameterSet parameters);

    /// <summary>The checkpoint's names for the parameters of an encoder.</summary>
    internal abstract IEnumerable<TensorName> EncoderNames(EncoderConfiguration configuration);

    /// <summary>The checkpoint's names for the parameters of a masked-language head.</summary>
    internal abstract IEnumerable<TensorName> MaskedLanguageHeadNames();

    /// <summary>
    /// Why a checkpoint of the family has no masked-language head, and what to do; null if it has one or nothing is known.
    /// </summary>
    internal virtual string? ReasonNotToWrite(TensorSource tensors) => null;

    /// <summary>Whether one of Hugging Face's classes, such as <c>BertForMaskedLM</c>, has a masked-language head.</summary>
    internal virtual bool IsMaskedLanguageClass(string name) =>
        name.EndsWith("ForMaskedLM", StringComparison.Ordinal) || name.EndsWith("LMHeadModel", StringComparison.Ordinal) ||
        name.EndsWith("ForPreTraining", StringComparison.Ordinal);

    /// <summary>How the head of a task is built.</summary>
    internal abstract TaskHeadArchitecture HeadArchitecture(EncoderConfiguration configuration, TaskKind kind);

    /// <summary>All families.</summary>
    private static EncoderFamily[] All => [Bert, Roberta, ModernBert, DistilBert, Electra, Albert];

    private static CheckpointException Unknown(ConfigurationJson configuration, string? type)
    {
        if (type is not null)
            return configuration.Unsupported("model_type", $"the family \"{Messages.Shorten(type)}\"",
                string.Join(", ", All.Select(family => $"\"{family.ModelType}\"")));
        string families = string.Join(", ", All.Select(family => $"\"{family.ModelType}\" (classes {family.ClassPrefix}…)"));
        IReadOnlyList<string> classes = configuration.Strings("architectures");
        EncoderFamily? guess = Array.Find(All, family => classes.Any(family.IsClass));
        return new CheckpointException(
            $"'{configuration.Name}' has no property 'model_type'; expected the model's family, one of {families}. " + (guess is null
                ? "Use the config.json that was saved with the model, or add the family that it was trained as."
                : $"Its architectures are {string.Join(", ", classes)}, which are of the family \"{guess.ModelType}\". Add it: " +
                    $"\"model_type\": \"{guess.ModelType}\"."));
    }

    private bool IsClass(string name) =>
        name.StartsWith(ClassPrefix + "For", StringComparison.Ordinal) || name == ClassPrefix + "Model" ||
            name == ClassPrefix + "LMHeadModel";

    private protected static Activation ReadActivation(ConfigurationJson configuration, string property, string defaultName) =>
        configuration.String(property, defaultName, "gelu", "gelu_python", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "relu", "tanh",
            "silu", "swish") switch
        {
            "gelu" or "gelu_python" => Activation.Gelu,
            "relu" => Activation.Relu,
            "tanh" => Activation.Tanh,
            "silu" or "swish" => Activation.Silu,
            _ => Activation.GeluTanh,
        };

    private protected static string Name(Activation activation) => activation switch
    {
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        Activation.Relu => "relu",
        Activation.Tanh => "tanh",
        Activation.Silu => "silu",
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Give an activation that a configuration can name."),
    };

    /// <summary>The dropout rate in a task's head; null in a configuration is the family's own default.</summary>
    private protected static double ReadClassifierDropout(ConfigurationJson configuration, double defaultRate,
        string property = "classifier_dropout") =>
        configuration.Has(property) ? configuration.Double(property, minimum: 0, maximum: 0.99) : defaultRate;

    private protected static TextPooling ReadPooling(ConfigurationJson configuration) =>
        configuration.String("classifier_pooling", "cls", "cls", "mean") == "mean" ? TextPooling.Mean : TextPooling.First;

    /// <summary>Writes the properties that <see cref="ReadClassifierDropout"/> and <see cref="ReadPooling"/> read.</summary>
    private protected static void WriteClassifier(EncoderConfiguration configuration, Utf8JsonWriter writer)
    {
        writer.WriteNumber("classifier_dropout", configuration.Head.Dropout);
        WritePooling(configuration, writer);
    }

    private protected static void WritePooling(EncoderConfiguration configuration, Utf8JsonWriter writer) =>
        writer.WriteString("classifier_pooling", configuration.Head.Pooling == TextPooling.Mean ? "mean" : "cls");

    /// <summary>Reads the number of heads. It must divide the width and, with rotary positions, leave an even head width.</summary>
    private protected static int ReadHeads(
        ConfigurationJson configuration, int width, bool rotary, string property = "num_attention_heads",
        string widthProperty = "hidden_size")
    {
        int heads = configuration.Int(property, minimum: 1, maximum: 1024);
        if (width % heads != 0)
            throw configuration.Error(property, $"a divisor of {widthProperty}, which is {width}");
        if (rotary && width / heads % 2 != 0)
            throw configuration.Error(property,
                $"a number that leaves heads of even width ({widthProperty} is {width}), as rotary positions need");
        return heads;
    }
}

/// <summary>The place of a parameter's values in a checkpoint.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Tensors">The checkpoint's tensors, concatenated by rows to form the parameter (query, key and value form one).</param>
/// <param name="Alternatives">Names that older checkpoints use for a parameter of one tensor.</param>
internal sealed record TensorName(string Parameter, string[] Tensors, params string[] Alternatives)
{
    /// <summary>A parameter that is one tensor.</summary>
    public TensorName(string parameter, string tensor) : this(parameter, [tensor])
    {
    }
}
