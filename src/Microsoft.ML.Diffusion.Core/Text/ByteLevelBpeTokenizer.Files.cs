namespace Microsoft.ML.Diffusion.Text;

public sealed partial class ByteLevelBpeTokenizer
{
    /// <summary>Makes a tokenizer of vocab.json and merges.txt.</summary>
    /// <param name="vocabJson">vocab.json: an object of tokens and ids.</param>
    /// <param name="mergesTxt">merges.txt: a merge a line, best first.</param>
    /// <param name="options">The options; RoBERTa's where left out.</param>
    /// <exception cref="TokenizerException">The files do not say what they must, or do not fit together.</exception>
    public static ByteLevelBpeTokenizer FromFiles(ReadOnlySpan<byte> vocabJson, ReadOnlySpan<byte> mergesTxt, ByteLevelBpeOptions? options = null) =>
        FromFiles(vocabJson, mergesTxt, [], options ?? new ByteLevelBpeOptions());

    internal static ByteLevelBpeTokenizer FromFiles(ReadOnlySpan<byte> vocabJson, ReadOnlySpan<byte> mergesTxt, IReadOnlyList<AddedToken> added, ByteLevelBpeOptions options)
    {
        Vocabulary vocabulary = VocabularyJson.Read(vocabJson, TokenizerFiles.VocabJson, added);
        BpeMerges merges = MergesText.Read(mergesTxt, TokenizerFiles.MergesTxt, vocabulary);
        return new ByteLevelBpeTokenizer(TokenizerFiles.VocabJson, vocabulary, merges, added, options);
    }

    /// <inheritdoc/>
    /// <remarks>vocab.json, merges.txt.</remarks>
    public override TokenizerFiles ToFiles() => new(
    [
        new(TokenizerFiles.VocabJson, VocabularyJson.Write(_vocabulary)),
        new(TokenizerFiles.MergesTxt, MergesText.Write(_vocabulary, _merges)),
    ]);
}
