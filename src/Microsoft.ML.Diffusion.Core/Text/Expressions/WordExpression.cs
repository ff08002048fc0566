namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>
/// An untrusted expression that splits text into words. All ways to match run side by side (Thompson 1968; Pike's variant preserves their
/// order, so that the match is the one that backtracking finds). Each step is counted, and a text that takes too many is rejected. The
/// count does not depend on the machine or a clock.
/// </summary>
internal sealed class WordExpression
{
    // The limit per text: some tenths of a second, and three times what the expressions of real tokenizers take on the worst texts.
    private const long StepsPerText = 1 << 25;
    private const long StepsPerCharacter = 200;

    private readonly string _source;
    private readonly string _text;

    /// <summary>Parses an expression.</summary>
    /// <param name="source">The name of its file, for messages.</param>
    /// <param name="text">The expression.</param>
    /// <exception cref="ArgumentException">It is not well-formed.</exception>
    /// <exception cref="NotSupportedException">It has a part that cannot be run in linear time, or takes too many instructions.</exception>
    public WordExpression(string source, string text)
    {
        (_source, _text) = (source, text);
        Instructions = new ExpressionProgram(ExpressionParser.Read(text)).ToArray();
    }

    /// <summary>The instructions, from the first one.</summary>
    public Instruction[] Instructions { get; }

    /// <summary>The number of steps allowed for splitting a text of some characters.</summary>
    public static long StepsFor(int characters) => StepsPerText + StepsPerCharacter * characters;

    /// <summary>The exception for exceeding them.</summary>
    public TokenizerException TooManySteps(int characters) => new(
        $"{_source}: the pre-tokenizer's expression {Messages.Shorten(_text)} takes more than {StepsFor(characters):N0} steps on a text " +
            $"of {characters:N0} characters, "
        + "because it reads far beyond the words that it matches; expected an expression whose work is proportional to the text. Use " +
            "GPT-2's expression, one without alternatives that read over many words, or shorter texts.");
}
