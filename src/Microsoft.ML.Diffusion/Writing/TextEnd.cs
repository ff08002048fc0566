using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Writing;

namespace Microsoft.ML.Diffusion;

/// <summary>What ends a written text before its room is full. The end itself is no part of the text.</summary>
public sealed class TextEnd
{
    private readonly Func<Tokenizer, int?> _find;
    private readonly string _name;

    private TextEnd(string name, Func<Tokenizer, int?> find) => (_name, _find) = (name, find);

    /// <summary>Nothing: texts fill their room.</summary>
    public static TextEnd None { get; } = new("None", static _ => null);

    /// <summary>The tokenizer's closing token (<c>[SEP]</c>, <c>&lt;/s&gt;</c>): for a model that was taught to write it, which masked diffusion does not do by itself.</summary>
    public static TextEnd ClosingToken { get; } = new("ClosingToken", static tokenizer => tokenizer.EndToken);

    /// <summary>A text, such as a line's end, that is one token of the model's vocabulary.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static TextEnd Text(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new TextEnd($"Text('{text}')", tokenizer => WordTokens.OfText(tokenizer, text, nameof(GenerationOptions.EndOfText)));
    }

    /// <summary>What it is.</summary>
    public override string ToString() => _name;

    /// <summary>The id that ends a text, or null.</summary>
    /// <exception cref="ArgumentException">The text is not one token.</exception>
    internal int? Find(Tokenizer tokenizer) => _find(tokenizer);
}
