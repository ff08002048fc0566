using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Selects the kind of tokenizer by its files.</summary>
internal static class TokenizerLoader
{
    /// <summary>Reads a tokenizer.</summary>
    public static Tokenizer Load(TokenizerFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var config = new TokenizerConfig(files);
        if (files.TryGet(TokenizerFiles.TokenizerJson, out byte[]? tokenizerJson))
            return TokenizerJsonReader.Read(tokenizerJson, config);
        if (files.TryGet(TokenizerFiles.VocabTxt, out byte[]? vocabTxt))
            return WordPieceTokenizer.FromFile(vocabTxt, config.AddedTokens, WordPiece(config));
        bool hasVocabulary = files.TryGet(TokenizerFiles.VocabJson, out byte[]? vocabJson),
            hasMerges = files.TryGet(TokenizerFiles.MergesTxt, out byte[]? mergesTxt);
        if (hasVocabulary && hasMerges)
            return ByteLevelBpeTokenizer.FromFiles(vocabJson, mergesTxt, config.AddedTokens, ByteLevelBpe(config));
        if (TokenizerFiles.SentencePieceModels.FirstOrDefault(files.Names.Contains) is string model)
            throw new TokenizerException(
                $"The tokenizer is a SentencePiece model ('{model}'), which is not supported; expected tokenizer.json, vocab.txt, or " +
                $"vocab.json and merges.txt, for WordPiece or byte-level BPE. Use a model with such a tokenizer.");
        throw new TokenizerException(
            $"There is no tokenizer among the files ({(files.Names.Count == 0 ? "none is known" : string.Join(", ", files.Names))}): " +
            (hasVocabulary ? "vocab.json needs merges.txt beside it." : hasMerges ? "merges.txt needs vocab.json beside it."
                : "expected tokenizer.json, or vocab.txt, or vocab.json and merges.txt."));
    }

    private static WordPieceOptions WordPiece(TokenizerConfig config) => new()
    {
        Lowercase = config.Flag("do_lower_case") ?? true,
        StripAccents = config.Flag("strip_accents"),
        HandleChineseCharacters = config.Flag("tokenize_chinese_chars") ?? true,
        CleanUpOnDecode = config.Flag("clean_up_tokenization_spaces") ?? true,
        SpecialTokens = config.Names(SpecialTokenNames.Bert),
    };

    private static ByteLevelBpeOptions ByteLevelBpe(TokenizerConfig config) => new()
    {
        AddPrefixSpace = config.Flag("add_prefix_space") ?? false,
        TrimOffsets = config.Flag("trim_offsets") ?? true,
        SpecialTokens = config.Names(SpecialTokenNames.Roberta),
    };
}
