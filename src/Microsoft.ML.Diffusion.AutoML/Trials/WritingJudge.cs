using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Compares written texts with the real ones that followed the same prompts, by a masked-language model. It holds no model
/// between calls, and reads a text that it has read no second time. It is for one thread at a time.
/// </summary>
public sealed class WritingJudge
{
    private const int TokensAtOnce = 2048; // so that a cancellation is soon looked at
    private readonly EncoderModel _judge;
    private readonly IReadOnlyList<string> _prompts;
    private readonly string[] _real;
    private readonly IReadOnlyList<int>[] _realTokens;
    private readonly double _tokensPerCharacter;
    private readonly Dictionary<(int Prompt, string Text), double> _nats = [];

    /// <summary>Makes a judge.</summary>
    /// <param name="judge">The model that judges. One that wrote the texts itself likes them too much, but compares settings of one model all the same.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="texts">What really followed each.</param>
    /// <param name="tokens">How many tokens of each text are compared: as many as are written.</param>
    /// <exception cref="ArgumentException">There are no texts, not one for each prompt, or one is empty.</exception>
    public WritingJudge(EncoderModel judge, IReadOnlyList<string> prompts, IReadOnlyList<string> texts, int tokens)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        if (texts.Count != prompts.Count || prompts.Count == 0)
            throw new ArgumentException($"There are {prompts.Count} prompts and {texts.Count} texts. Give at least one prompt, and what really followed each.", nameof(texts));
        (_judge, _prompts) = (judge, prompts);
        _realTokens = [.. texts.Select(text => (IReadOnlyList<int>)Tokens(text).Take(tokens).ToArray())];
        int empty = Array.FindIndex(_realTokens, ids => ids.Count == 0);
        if (empty >= 0)
            throw new ArgumentException($"The text that follows prompt {empty} is empty. Give what really followed it, or leave the prompt out.", nameof(texts));
        _real = [.. _realTokens.Select(ids => judge.Tokenizer.Decode([.. ids]))];
        _tokensPerCharacter = _realTokens.Sum(ids => ids.Count) / (double)_real.Sum(text => text.Length);
    }

    /// <summary>Compares.</summary>
    /// <param name="written">The texts, by the number of their prompt; there may be several of one prompt.</param>
    /// <param name="cancellationToken">Looked at all along.</param>
    public WritingQuality Measure(IReadOnlyList<(int Prompt, string Text)> written, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(written);
        (int Prompt, string Text)[] real = [.. written.Select(each => (each.Prompt, _real[each.Prompt]))];
        Read([.. written.Concat(real).Distinct().Where(each => !_nats.ContainsKey(each))], cancellationToken);
        // Entropies grow with the amount of text, so as many tokens of each pair are counted.
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

    /// <summary>Notes what each text costs after its prompt; a text that was read before is not read again.</summary>
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
            denoiser, sequences.Sequences, sequences.Leading, isProtected: _judge.Tokenizer.IsSpecial, tokenBudget: TokensAtOnce, cancellationToken: cancellationToken);
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
