using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Compares written texts with the real texts that followed the same prompts, with a masked-language model. It holds no model between
/// calls, and never reads the same text twice. For one thread at a time.
/// </summary>
public sealed class WritingJudge
{
    private const int TokensAtOnce = 2048; // small, so that a cancellation is noticed soon
    private readonly EncoderModel _judge;
    private readonly IReadOnlyList<string> _prompts;
    private readonly string[] _real;
    private readonly IReadOnlyList<int>[] _realTokens;
    private readonly double _tokensPerCharacter;
    private readonly Dictionary<(int Prompt, string Text), double> _nats = [];

    /// <summary>Creates a judge.</summary>
    /// <param name="judge">The model that judges. A model rates its own texts too highly, but can still compare its own settings.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="texts">The real text after each prompt.</param>
    /// <param name="tokens">The number of tokens of each text to compare: as many as are written.</param>
    /// <exception cref="ArgumentException">There are no texts, their number differs from that of the prompts, or one is empty.</exception>
    public WritingJudge(EncoderModel judge, IReadOnlyList<string> prompts, IReadOnlyList<string> texts, int tokens)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        if (texts.Count != prompts.Count || prompts.Count == 0)
            throw new ArgumentException(
                $"There are {prompts.Count} prompts and {texts.Count} texts. Give at least one prompt, and the real text that followed " +
                "each.", nameof(texts));
        (_judge, _prompts) = (judge, prompts);
        _realTokens = [.. texts.Select(text => (IReadOnlyList<int>)Tokens(text).Take(tokens).ToArray())];
        int empty = Array.FindIndex(_realTokens, ids => ids.Count == 0);
        if (empty >= 0)
            throw new ArgumentException(
                $"The text that follows prompt {empty} is empty. Give the real text that followed it, or leave the prompt out.",
                nameof(texts));
        _real = [.. _realTokens.Select(ids => judge.Tokenizer.Decode([.. ids]))];
        _tokensPerCharacter = _realTokens.Sum(ids => ids.Count) / (double)_real.Sum(text => text.Length);
    }

    /// <summary>Compares written texts with the real ones.</summary>
    /// <param name="written">The texts, with the index of their prompt; a prompt may have several.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    public WritingQuality Measure(IReadOnlyList<(int Prompt, string Text)> written, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(written);
        (int Prompt, string Text)[] real = [.. written.Select(each => (each.Prompt, _real[each.Prompt]))];
        Read([.. written.Concat(real).Distinct().Where(each => !_nats.ContainsKey(each))], cancellationToken);
        // Entropies grow with the amount of text, so both sides count the same number of tokens.
        var tokens = written.Select(each => (Written: Tokens(each.Text), Real: _realTokens[each.Prompt])).ToArray();
        double entropy = TextMeasures.PooledEntropy(tokens.Select(pair => Start(pair.Written, pair.Real.Count)), cancellationToken);
        double realEntropy = TextMeasures.PooledEntropy(tokens.Select(pair => Start(pair.Real, pair.Written.Length)), cancellationToken);
        return new WritingQuality(
            Bits(written), Bits(real), entropy * _tokensPerCharacter, realEntropy * _tokensPerCharacter,
            TextMeasures.RepetitionRate(tokens.Select(pair => (IReadOnlyList<int>)pair.Written), cancellationToken: cancellationToken));

        static IReadOnlyList<int> Start(IReadOnlyList<int> ids, int count) => [.. ids.Take(count)];
    }

    private double Bits(IReadOnlyList<(int Prompt, string Text)> texts) =>
        texts.Sum(each => _nats[each]) / Math.Log(2) / Math.Max(1, texts.Sum(each => (long)each.Text.Length));

    /// <summary>Computes the cost of each text after its prompt; a text that was read before is not read again.</summary>
    private void Read(IReadOnlyList<(int Prompt, string Text)> texts, CancellationToken cancellationToken)
    {
        using MaskedLanguageModel model = _judge.LoadMaskedLanguageModel(CpuEngine.Shared, cancellationToken);
        using var denoiser = new ModelDenoiser(model, _judge.Tokenizer.MaskToken);
        var sequences = new MaskedTexts(_judge.Tokenizer, model.Configuration.MaxLength);
        List<int> owners = [];
        for (int i = 0; i < texts.Count; i++)
        {
            sequences.Add(_prompts[texts[i].Prompt], texts[i].Text);
            while (owners.Count < sequences.Sequences.Count)
                owners.Add(i);
        }
        PseudoLikelihoodReport report = PseudoLikelihood.Measure(
            denoiser, sequences.Sequences, sequences.Leading, isProtected: _judge.Tokenizer.IsSpecial, tokenBudget: TokensAtOnce,
            cancellationToken: cancellationToken);
        foreach ((int Prompt, string Text) text in texts)
            _nats.Add(text, 0);
        for (int i = 0; i < owners.Count; i++)
            _nats[texts[owners[i]]] += report.Nats[i];
    }

    private int[] Tokens(string text)
    {
        var tokens = new TokenList();
        _judge.Tokenizer.Encode(text, tokens);
        return [.. tokens.Ids];
    }
}
