using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;

namespace Microsoft.ML.Diffusion;

/// <summary>What all writing needs, wherever its masks stand: how masks become tokens. <see cref="DenoisingSettings"/> says more of each.</summary>
public abstract class DenoisingOptions
{
    private protected DenoisingOptions()
    {
    }

    /// <summary>The number of denoising steps. More steps write fewer tokens at a time, better and more slowly.</summary>
    public int Steps { get; set; } = 64;

    /// <summary>Says how much is still masked after each step.</summary>
    public MaskSchedule Schedule { get; set; } = MaskSchedule.Cosine;

    /// <summary>Chooses the positions that are written at each step.</summary>
    public Sampler Sampler { get; set; } = Sampler.TopConfidence();

    /// <summary>Logits are divided by it; 0 writes the most likely token.</summary>
    public double Temperature { get; set; } = 0.9;

    /// <summary>Only this many most likely tokens may be written; 0 for all.</summary>
    public int TopK { get; set; }

    /// <summary>Only the most likely tokens that together reach this probability may be written; 1 for all.</summary>
    public double TopP { get; set; } = 0.95;

    /// <summary>The odds of tokens that already stand in the text or its surroundings are divided by it; 1 for no penalty, 1.1 to 1.3 is usual.</summary>
    public double RepetitionPenalty { get; set; } = 1;

    /// <summary>
    /// Words that are never written, as they are spelled here: each must be one token of the model's vocabulary, at the start of a text or
    /// after a space, and both tokens are banned. What several tokens spell cannot be banned, nor are longer words that contain the word.
    /// </summary>
    public IReadOnlyList<string> BannedWords { get; set; } = [];

    /// <summary>Ids of tokens that are never written, beside special tokens, which never are.</summary>
    public IReadOnlyList<int> BannedTokens { get; set; } = [];

    /// <summary>
    /// w of classifier-free guidance: logits become c + w·(c − u), u being those where what stands before the first mask is masked too; 0 for
    /// none. It doubles the work.
    /// </summary>
    public double Guidance { get; set; }

    /// <summary>How many texts are written for a row. Above 1 the output column is a vector of texts.</summary>
    public int Samples { get; set; } = 1;

    /// <summary>
    /// The column of traces, how each text came out of its masks: JSON as <see cref="DenoisingTrace.FromJson"/> reads it, text or a vector of
    /// text as the output column is. Null for none.
    /// </summary>
    public string? TraceColumnName { get; set; }

    /// <summary>The settings that Core takes, not yet checked.</summary>
    /// <param name="tokenizer">The model's tokenizer, which says what <see cref="BannedWords"/> are.</param>
    /// <param name="seed">The seed of all noise.</param>
    /// <exception cref="ArgumentException">A banned word is not one token, or a banned token is not of the vocabulary.</exception>
    private protected DenoisingSettings ToDenoisingSettings(Tokenizer tokenizer, int seed) => new()
    {
        Steps = Steps,
        Schedule = Schedule,
        Sampler = Sampler,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        RepetitionPenalty = RepetitionPenalty,
        BannedTokens = FindBanned(tokenizer),
        Guidance = Guidance,
        Seed = (ulong)(uint)seed,
    };

    private int[] FindBanned(Tokenizer tokenizer)
    {
        if (BannedWords is null || BannedTokens is null)
            throw new ArgumentException($"{(BannedWords is null ? nameof(BannedWords) : nameof(BannedTokens))} is null. Leave it empty to ban nothing.");
        SortedSet<int> banned = [];
        foreach (string word in BannedWords)
            banned.UnionWith(WordTokens.OfWord(tokenizer, word, nameof(BannedWords)));
        foreach (int token in BannedTokens)
        {
            if ((uint)token >= (uint)tokenizer.VocabularySize)
                throw new ArgumentException($"{nameof(BannedTokens)} has {token}. Give ids of the model's vocabulary, 0 to {tokenizer.VocabularySize - 1}.");
            banned.Add(token);
        }
        return [.. banned];
    }
}
