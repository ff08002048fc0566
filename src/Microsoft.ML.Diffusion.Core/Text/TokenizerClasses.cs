namespace Microsoft.ML.Diffusion.Text;

/// <summary>The kind of tokenizer that a <c>tokenizer_class</c> of Hugging Face's transformers stands for.</summary>
internal enum TokenizerClassKind
{
    /// <summary>No class is given, or one for any tokenizer.json, such as <c>PreTrainedTokenizerFast</c>.</summary>
    Any,

    /// <summary>WordPiece in BERT's form.</summary>
    WordPiece,

    /// <summary>Byte-level BPE in GPT-2's form.</summary>
    ByteLevelBpe,

    /// <summary>SentencePiece.</summary>
    SentencePiece,

    /// <summary>A tokenizer without a tokenizer.json: see <see cref="TokenizerClasses.Explain"/>.</summary>
    Slow,

    /// <summary>None of these.</summary>
    Unknown,
}

/// <summary>The tokenizer classes of Hugging Face's transformers. Names are without <c>Fast</c> at the end.</summary>
internal static class TokenizerClasses
{
    private static readonly HashSet<string> s_any = ["PreTrainedTokenizer", "TokenizersBackend", "AutoTokenizer", "Tokenizer"];

    private static readonly HashSet<string> s_wordPiece =
    [
        "BertTokenizer", "BertWordPieceTokenizer", "ConvBertTokenizer", "DistilBertTokenizer", "DPRContextEncoderTokenizer",
        "DPRQuestionEncoderTokenizer", "DPRReaderTokenizer", "ElectraTokenizer", "LayoutLMTokenizer", "LxmertTokenizer",
        "MobileBertTokenizer", "MPNetTokenizer", "RealmTokenizer", "RetriBertTokenizer", "SqueezeBertTokenizer",
    ];

    private static readonly HashSet<string> s_byteLevelBpe =
        ["BartTokenizer", "DebertaTokenizer", "GPT2Tokenizer", "LEDTokenizer", "LongformerTokenizer", "MvpTokenizer", "RobertaTokenizer"];

    private static readonly HashSet<string> s_sentencePiece =
    [
        "AlbertTokenizer", "BarthezTokenizer", "BertGenerationTokenizer", "BigBirdTokenizer", "CamembertTokenizer", "CodeLlamaTokenizer",
        "CpmTokenizer", "DebertaV2Tokenizer", "ErnieMTokenizer", "FNetTokenizer", "GemmaTokenizer", "KoBertTokenizer", "KoBERTTokenizer",
        "LayoutXLMTokenizer", "LlamaTokenizer", "M2M100Tokenizer", "MarianTokenizer", "MBart50Tokenizer", "MBartTokenizer",
        "MLukeTokenizer", "MT5Tokenizer", "NllbTokenizer", "PegasusTokenizer", "PLBartTokenizer", "ReformerTokenizer", "RemBertTokenizer",
        "SentencePieceBackend", "T5Tokenizer", "UdopTokenizer", "XGLMTokenizer", "XLMProphetNetTokenizer", "XLMRobertaTokenizer",
        "XLNetTokenizer",
    ];

    private static readonly Dictionary<string, string> s_slow = new(StringComparer.Ordinal)
    {
        ["BertJapaneseTokenizer"] = "first splits the text into words with MeCab, Sudachi or Juman++",
        ["DistilBertJapaneseTokenizer"] = "first splits the text into words with MeCab",
        ["BertweetTokenizer"] = "normalizes tweets and joins pieces by the merges of 'bpe.codes'",
        ["PhobertTokenizer"] = "joins pieces by the merges of 'bpe.codes'",
        ["BioGptTokenizer"] = "is BPE of words with Moses' rules",
        ["CanineTokenizer"] = "reads characters without a vocabulary",
        ["CTRLTokenizer"] = "is BPE of words, not of bytes",
        ["ByT5Tokenizer"] = "reads bytes without a vocabulary",
        ["FlaubertTokenizer"] = "is BPE of words with Moses' rules",
        ["FSMTTokenizer"] = "is BPE of words with Moses' rules",
        ["XLMTokenizer"] = "is BPE of words with Moses' rules",
        ["JumanppTokenizer"] = "splits the text into words with Juman++",
        ["RoCBertTokenizer"] = "also gives the shapes and the sounds of characters",
        ["TapasTokenizer"] = "reads tables",
    };

    private static readonly HashSet<string> s_twoSeparators =
        ["BartTokenizer", "LEDTokenizer", "LongformerTokenizer", "MPNetTokenizer", "MvpTokenizer", "RobertaTokenizer"];

    private static readonly HashSet<string> s_twoSeparatorFamilies =
        ["bart", "camembert", "led", "longformer", "mpnet", "roberta", "xlm-roberta"];

    private static readonly HashSet<string> s_oneSeparatorFamilies = ["albert", "bert", "distilbert", "electra", "modernbert"];

    /// <summary>The kind of a class.</summary>
    /// <param name="name">The class; null if none is given.</param>
    public static TokenizerClassKind KindOf(string? name) => Short(name) switch
    {
        null => TokenizerClassKind.Any,
        string known when s_any.Contains(known) => TokenizerClassKind.Any,
        string known when s_wordPiece.Contains(known) => TokenizerClassKind.WordPiece,
        string known when s_byteLevelBpe.Contains(known) => TokenizerClassKind.ByteLevelBpe,
        string known when s_sentencePiece.Contains(known) => TokenizerClassKind.SentencePiece,
        string known when s_slow.ContainsKey(known) => TokenizerClassKind.Slow,
        _ => TokenizerClassKind.Unknown,
    };

    /// <summary>What a class of the kind <see cref="TokenizerClassKind.Slow"/> does, for messages.</summary>
    public static string Explain(string name) => s_slow[Short(name)!];

    /// <summary>The sequences of a class if tokenizer.json does not give them, else those of the model's family; null for others.</summary>
    /// <param name="name">The class; null if none is given.</param>
    /// <param name="modelType"><c>model_type</c> in config.json.</param>
    public static SequenceTemplate? TemplateOf(string? name, string? modelType)
    {
        string? known = Short(name);
        if (known is not null && s_twoSeparators.Contains(known))
            return SequenceTemplate.Roberta;
        if (known is "DebertaTokenizer" || KindOf(name) == TokenizerClassKind.WordPiece)
            return SequenceTemplate.Bert;
        if (modelType is null)
            return null;
        return s_twoSeparatorFamilies.Contains(modelType) ? SequenceTemplate.Roberta
            : s_oneSeparatorFamilies.Contains(modelType) ? SequenceTemplate.Bert : null;
    }

    private static string? Short(string? name) =>
        name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name;
}
