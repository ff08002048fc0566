using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The options of all writing, after prompts and in gaps: how masks become tokens. <see cref="DenoisingSettings"/> has more about each.
/// </summary>
public abstract class DenoisingOptions
{
    private protected DenoisingOptions()
    {
    }

    /// <summary>The number of denoising steps. With more steps fewer tokens are written at a time, which is better and slower.</summary>
    public int Steps { get; set; } = 64;

    /// <summary>The mask schedule: the share of tokens that are still masked after each step.</summary>
    public MaskSchedule Schedule { get; set; } = MaskSchedule.Cosine;

    /// <summary>The sampler, which chooses the positions to write at each step.</summary>
    public Sampler Sampler { get; set; } = Sampler.TopConfidence();

    /// <summary>The temperature, by which logits are divided; 0 writes the most likely token.</summary>
    public double Temperature { get; set; } = 0.9;

    /// <summary>Top-k: only the k most likely tokens may be written; 0 for all.</summary>
    public int TopK { get; set; }

    /// <summary>Top-p: only the most likely tokens that together reach this probability may be written; 1 for all.</summary>
    public double TopP { get; set; } = 0.95;

    /// <summary>
    /// The repetition penalty, by which the odds of tokens that are already in the text or its surroundings are divided; 1 for no penalty,
    /// 1.1 to 1.3 is usual.
    /// </summary>
    public double RepetitionPenalty { get; set; } = 1;

    /// <summary>
    /// Words that are never written, in this spelling. Each must be one token of the model's vocabulary, at the start of a text or after a
    /// space; both tokens are banned. A word of several tokens cannot be banned, and longer words that contain a banned word are not
    /// banned.
    /// </summary>
    public IReadOnlyList<string> BannedWords { get; set; } = [];

    /// <summary>Ids of tokens that are never written, in addition to the special tokens, which are always banned.</summary>
    public IReadOnlyList<int> BannedTokens { get; set; } = [];

    /// <summary>
    /// The weight w of classifier-free guidance: the logits are c + w·(c − u), where u are the logits with everything before the first mask
    /// masked too; 0 for none. It doubles the computation.
    /// </summary>
    public double Guidance { get; set; }

    /// <summary>The number of texts for each row. Above 1 the output column is a vector of texts.</summary>
    public int Samples { get; set; } = 1;

    /// <summary>
    /// The column of traces, which record how each text was written: JSON for <see cref="DenoisingTrace.FromJson"/>, as text or a vector of
    /// text like the output column. Null for none.
    /// </summary>
    public string? TraceColumnName { get; set; }

    /// <summary>Converts the options to the settings of Core, which are not yet checked.</summary>
    /// <param name="tokenizer">The model's tokenizer, which finds the tokens of <see cref="BannedWords"/>.</param>
    /// <param name="seed">The seed of all noise.</param>
    /// <exception cref="ArgumentException">A banned word is not one token, or a banned token is not in the vocabulary.</exception>
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
            throw new ArgumentException(
                $"{(BannedWords is null ? nameof(BannedWords) : nameof(BannedTokens))} is null. Leave it empty to ban nothing.");
        SortedSet<int> banned = [];
        foreach (string word in BannedWords)
            banned.UnionWith(WordTokens.OfWord(tokenizer, word, nameof(BannedWords)));
        foreach (int token in BannedTokens)
        {
            if ((uint)token >= (uint)tokenizer.VocabularySize)
                throw new ArgumentException(
                    $"{nameof(BannedTokens)} has {token}. Give ids of the model's vocabulary, 0 to {tokenizer.VocabularySize - 1}.");
            banned.Add(token);
        }
        return [.. banned];
    }
}
