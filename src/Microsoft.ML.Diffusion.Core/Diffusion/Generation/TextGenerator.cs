using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Generates texts after prompts by denoising the sequence [opening token] prompt [masks] [closing token]. An empty prompt generates
/// unconditionally. Ids that the tokenizer lacks are never written, nor special tokens, except <see cref="DenoisingSettings.EndOfText"/>,
/// at which a text is cut. A text depends only on prompt, settings and sample number. Not thread-safe.
/// </summary>
public sealed class TextGenerator
{
    private readonly Tokenizer _tokenizer;
    private readonly GenerationSettings _settings;
    private readonly DenoisingLoop _loop;
    private readonly TokenList _prompt = new();

    /// <summary>Makes a generator.</summary>
    /// <param name="denoiser">Predicts the masked tokens; its vocabulary may be larger than the tokenizer's, as padded ones are.</param>
    /// <param name="tokenizer">Reads prompts and decodes the result.</param>
    /// <param name="settings">How texts are written.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the tokenizer does not fit the denoiser.</exception>
    public TextGenerator(IDenoiser denoiser, Tokenizer tokenizer, GenerationSettings settings)
    {
        _loop = TextDenoising.CreateLoop(denoiser, tokenizer, settings);
        (_tokenizer, _settings) = (tokenizer, settings);
    }

    /// <summary>Writes <see cref="GenerationSettings.Samples"/> texts after each prompt.</summary>
    /// <param name="prompts">The prompts; each may be empty.</param>
    /// <param name="observer">Sees every step; its row is prompt · Samples + sample.</param>
    /// <param name="cancellationToken">Checked before every step and run of the denoiser, and passed to it.</param>
    /// <returns>The texts of the first prompt, then of the second, and so on, [prompts · Samples].</returns>
    /// <exception cref="ArgumentException">A prompt is too long and <see cref="GenerationSettings.PromptTooLong"/> is
    /// <see cref="PromptTooLong.Error"/>.</exception>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, IDenoisingObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        int samples = _settings.Samples, count = checked(prompts.Count * samples);
        RaggedTokens rows = new();
        int[] leading = new int[count], numbers = new int[count], calls = new int[count];
        (bool Truncated, int LoneSurrogates)[] notes = new (bool, int)[prompts.Count];
        List<int> sequence = [];
        for (int i = 0; i < prompts.Count; i++)
        {
            ArgumentNullException.ThrowIfNull(prompts[i], $"{nameof(prompts)}[{i}]");
            _prompt.Clear();
            notes[i].LoneSurrogates = _tokenizer.Encode(prompts[i], _prompt);
            int tooMany = _prompt.Count - _settings.PromptRoom;
            if (tooMany > 0 && _settings.PromptTooLong == PromptTooLong.Error)
                throw new ArgumentException(
                    $"Prompt {i} has {_prompt.Count} tokens, but there is room for {_settings.PromptRoom} (MaxLength " +
                    $"{_settings.MaxLength}, less MaxNewTokens {_settings.MaxNewTokens}, less 2). Shorten it, lower MaxNewTokens, or set " +
                    $"PromptTooLong = KeepEnd. It begins '{prompts[i].AsSpan(0, Math.Min(40, prompts[i].Length))}'.", nameof(prompts));
            notes[i].Truncated = tooMany > 0;
            sequence.Clear();
            sequence.Add(_tokenizer.BeginToken);
            sequence.AddRange(_prompt.Ids[Math.Max(tooMany, 0)..]);
            int written = sequence.Count;
            sequence.AddRange(Enumerable.Repeat(_tokenizer.MaskToken, _settings.MaxNewTokens));
            sequence.Add(_tokenizer.EndToken);
            for (int sample = 0; sample < samples; sample++)
            {
                (leading[rows.Count], numbers[rows.Count]) = (written, sample);
                rows.Append(CollectionsMarshal.AsSpan(sequence));
            }
        }

        _loop.Run(rows, leading, numbers, calls, observer: observer, cancellationToken: cancellationToken);

        GeneratedText[] texts = new GeneratedText[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<int> written = rows[i].Slice(leading[i], _settings.MaxNewTokens);
            int end = _settings.EndOfText is int id ? written.IndexOf(id) : -1;
            int[] ids = written[..(end < 0 ? written.Length : end)].ToArray();
            (bool truncated, int loneSurrogates) = notes[i / samples];
            texts[i] = new GeneratedText(_tokenizer.Decode(ids), ids, truncated, loneSurrogates, calls[i]);
        }
        return texts;
    }
}
