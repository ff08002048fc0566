namespace Microsoft.ML.Diffusion.Text;

/// <summary>Refuses, by name, the files of tokenizers of another kind, before they are read as WordPiece or byte-level BPE.</summary>
internal static class TokenizerKinds
{
    private const string Advice =
        "Use a model whose tokenizer is WordPiece or byte-level BPE, such as those of BERT, DistilBERT, ELECTRA, RoBERTa and ModernBERT.";

    /// <summary>Refuses a class or a setting that stands for another kind of tokenizer, whatever the files are.</summary>
    /// <exception cref="TokenizerException">There is one.</exception>
    public static void RefuseOthers(TokenizerConfig config)
    {
        foreach ((string name, string supported) in (ReadOnlySpan<(string, string)>)
            [("word_tokenizer_type", "basic"), ("subword_tokenizer_type", "wordpiece")])
        {
            if (config.Text(name) is string type && type != supported)
                throw new TokenizerException(
                    $"{TokenizerFiles.TokenizerConfig}: '{name}' is '{Messages.Shorten(type)}', which is not supported; expected " +
                    $"'{supported}'. Split in another way, the text would become tokens that the model was not trained on. {Advice}");
        }
        TokenizerClassKind kind = TokenizerClasses.KindOf(config.Class);
        if (kind == TokenizerClassKind.Slow)
            throw new TokenizerException(
                $"{config.ClassSource}: tokenizer_class is '{config.Class}', which " +
                    $"{TokenizerClasses.Explain(config.Class!)}; that is not " +
                $"supported. {Advice}");
        if (kind == TokenizerClassKind.Unknown && config.HasOwnCode)
            throw new TokenizerException(
                $"{TokenizerFiles.TokenizerConfig}: the tokenizer, '{Messages.Shorten(config.Class!)}', is the model's own Python code " +
                $"(auto_map), which is not run. {Advice}");
    }

    /// <summary>Refuses a vocab.txt, without tokenizer.json, that is not WordPiece's.</summary>
    /// <exception cref="TokenizerException">It is not.</exception>
    public static void RequireWordPiece(TokenizerFiles files, TokenizerConfig config, ReadOnlySpan<byte> vocabTxt)
    {
        RefuseOtherFiles(files, TokenizerFiles.VocabTxt);
        Require(TokenizerClassKind.WordPiece, TokenizerFiles.VocabTxt, "WordPiece", config);
        if (config.Flag("do_basic_tokenize") == false)
            throw new TokenizerException(
                $"{TokenizerFiles.TokenizerConfig}: 'do_basic_tokenize' is false, so that words are split at spaces only, which is not " +
                $"supported without {TokenizerFiles.TokenizerJson}; expected true. {Advice}");
        int lines = 0, pieces = 0, continuations = 0, counted = 0;
        foreach (Range range in vocabTxt.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = vocabTxt[range].TrimEnd((byte)'\r');
            if (line.IsEmpty)
                continue;
            lines++;
            if (line.Length > 3 && line.StartsWith("▁"u8))
                pieces++;
            else if (line.StartsWith("##"u8))
                continuations++;
            int space = line.LastIndexOfAny((byte)' ', (byte)'\t');
            if (space > 0 && space + 1 < line.Length && line[(space + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
                counted++;
        }
        if (pieces > continuations && 5L * pieces > lines)
            throw new TokenizerException(
                $"{TokenizerFiles.VocabTxt}: {pieces} of {lines} tokens start with '▁' and {continuations} with '##', so these are the " +
                $"pieces of a SentencePiece model, which is not read yet; expected WordPiece's vocabulary. {Advice}");
        if (2L * counted > lines)
            throw new TokenizerException(
                $"{TokenizerFiles.VocabTxt}: {counted} of {lines} lines are a token and its count, as BPE of words has them " +
                    "('bpe.codes'), " +
                $"which is not supported; expected WordPiece's vocabulary, one token a line. {Advice}");
    }

    /// <summary>Refuses a vocab.json and merges.txt, without tokenizer.json, that are not byte-level BPE's.</summary>
    /// <exception cref="TokenizerException">They are not.</exception>
    public static void RequireByteLevelBpe(TokenizerFiles files, TokenizerConfig config, ReadOnlySpan<byte> vocabJson)
    {
        const string Pair = $"{TokenizerFiles.VocabJson} and {TokenizerFiles.MergesTxt}";
        RefuseOtherFiles(files, Pair);
        Require(TokenizerClassKind.ByteLevelBpe, Pair, "byte-level BPE", config);
        if (vocabJson.IndexOf("</w>\""u8) >= 0)
            throw new TokenizerException(
                $"{TokenizerFiles.VocabJson}: tokens end with '</w>', the end of a word, so this is BPE of words (GPT-1, CLIP, HerBERT), " +
                $"which is not supported; expected byte-level BPE. {Advice}");
    }

    /// <summary>The error of files without a tokenizer.</summary>
    public static TokenizerException Missing(TokenizerFiles files, TokenizerConfig config)
    {
        if (files.Others.FirstOrDefault() is string other)
            return OfOtherFile(other, beside: null, files.Place);
        if (TokenizerClasses.KindOf(config.Class) == TokenizerClassKind.SentencePiece)
            return OfSentencePiece($"{config.ClassSource}: tokenizer_class is '{config.Class}', a SentencePiece tokenizer");
        bool hasVocabulary = files.TryGet(TokenizerFiles.VocabJson, out _), hasMerges = files.TryGet(TokenizerFiles.MergesTxt, out _);
        string names = files.Names.Count == 0 ? "" : $", which has {string.Join(", ", files.Names)}";
        return new TokenizerException(
            $"There is no tokenizer in {files.Place ?? "the given files"}{names}: " +
            (hasVocabulary ? "vocab.json needs merges.txt beside it." : hasMerges ? "merges.txt needs vocab.json beside it."
                : "expected tokenizer.json, or vocab.txt, or vocab.json and merges.txt. Copy or download them from where the " +
                    "model is from."));
    }

    private static void RefuseOtherFiles(TokenizerFiles files, string beside)
    {
        if (files.Others.FirstOrDefault() is string other)
            throw OfOtherFile(other, beside, files.Place);
    }

    private static TokenizerException OfOtherFile(string name, string? beside, string? place)
    {
        string where = (beside is null ? "" : $" beside {beside}") + (place is null ? "" : $" in {place}");
        return TokenizerFiles.IsSentencePiece(name)
            ? OfSentencePiece($"The tokenizer is a SentencePiece model ('{name}'{where})")
            : new TokenizerException(
                $"The tokenizer is BPE of words ('{name}'{where}), as BERTweet's and PhoBERT's are, which is not supported. {Advice}");
    }

    private static TokenizerException OfSentencePiece(string found) => new($"{found}, which is not read yet. {Advice}");

    private static void Require(TokenizerClassKind kind, string vocabulary, string name, TokenizerConfig config)
    {
        TokenizerClassKind found = TokenizerClasses.KindOf(config.Class);
        if (found == kind || found == TokenizerClassKind.Any)
            return;
        string given = $"{config.ClassSource}: tokenizer_class is '{Messages.Shorten(config.Class!)}'";
        throw found switch
        {
            TokenizerClassKind.SentencePiece => OfSentencePiece($"{given}, a SentencePiece tokenizer"),
            TokenizerClassKind.Unknown => new TokenizerException(
                $"{given}, which is not known, and {vocabulary} alone does not say how it reads text; expected {name} as in " +
                $"{(kind == TokenizerClassKind.WordPiece ? "BertTokenizer" : "RobertaTokenizer")}. If Hugging Face's transformers have a " +
                $"fast tokenizer of this class, its save_pretrained writes {TokenizerFiles.TokenizerJson}, which is read " +
                    $"instead. {Advice}"),
            _ => new TokenizerException(
                $"{given}, and {vocabulary} is the vocabulary of another kind, {name}. {TokenConflict.Advice}"),
        };
    }
}
