using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;

namespace Microsoft.ML.Diffusion;

/// <summary>The marker that ends a written text before its maximum length. The marker itself is not part of the text.</summary>
public sealed class TextEnd
{
    private readonly Func<Tokenizer, int?> _find;
    private readonly string _name;

    private TextEnd(string name, Func<Tokenizer, int?> find) => (_name, _find) = (name, find);

    /// <summary>No marker: every text has the maximum length.</summary>
    public static TextEnd None { get; } = new("None", static _ => null);

    /// <summary>
    /// The tokenizer's closing token (<c>[SEP]</c>, <c>&lt;/s&gt;</c>): for a model that was trained to write it. Training with masked
    /// diffusion does not include it by itself.
    /// </summary>
    public static TextEnd ClosingToken { get; } = new("ClosingToken", static tokenizer => tokenizer.EndToken);

    /// <summary>A text, such as a line break, that is one token of the model's vocabulary.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static TextEnd Text(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new TextEnd($"Text('{text}')", tokenizer => WordTokens.OfText(tokenizer, text, nameof(GenerationOptions.EndOfText)));
    }

    /// <summary>The text of the marker.</summary>
    public override string ToString() => _name;

    /// <summary>The id of the token that ends a text, or null.</summary>
    /// <exception cref="ArgumentException">The text is not one token.</exception>
    internal int? Find(Tokenizer tokenizer) => _find(tokenizer);
}
