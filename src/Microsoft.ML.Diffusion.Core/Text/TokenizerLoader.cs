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
        TokenizerKinds.RefuseOthers(config);
        if (files.TryGet(TokenizerFiles.TokenizerJson, out byte[]? tokenizerJson))
            return TokenizerJsonReader.Read(tokenizerJson, config);
        bool hasPair = files.TryGet(TokenizerFiles.VocabJson, out byte[]? vocabJson) &
            files.TryGet(TokenizerFiles.MergesTxt, out byte[]? mergesTxt);
        bool isByteLevel = hasPair && TokenizerClasses.KindOf(config.Class) == TokenizerClassKind.ByteLevelBpe;
        if (!isByteLevel && files.TryGet(TokenizerFiles.VocabTxt, out byte[]? vocabTxt))
        {
            TokenizerKinds.RequireWordPiece(files, config, vocabTxt);
            return WordPieceTokenizer.FromFile(vocabTxt, config, WordPiece(config));
        }
        if (hasPair)
        {
            TokenizerKinds.RequireByteLevelBpe(files, config, vocabJson);
            return ByteLevelBpeTokenizer.FromFiles(vocabJson, mergesTxt, config, ByteLevelBpe(config));
        }
        throw TokenizerKinds.Missing(files, config);
    }

    private static WordPieceOptions WordPiece(TokenizerConfig config) => config.Lowercased(new WordPieceOptions
    {
        Lowercase = config.Flag("do_lower_case") ?? true,
        StripAccents = config.Flag("strip_accents"),
        HandleChineseCharacters = config.Flag("tokenize_chinese_chars") ?? true,
        CleanUpOnDecode = config.Flag("clean_up_tokenization_spaces") ?? true,
        SpecialTokens = config.Names(SpecialTokenNames.Bert),
        Template = config.Template,
    });

    private static ByteLevelBpeOptions ByteLevelBpe(TokenizerConfig config)
    {
        config.RefuseLowercase();
        return new ByteLevelBpeOptions
        {
            AddPrefixSpace = config.Flag("add_prefix_space") ?? false,
            TrimOffsets = config.Flag("trim_offsets") ?? true,
            SpecialTokens = config.Names(SpecialTokenNames.Roberta),
            Template = config.Template,
        };
    }
}
