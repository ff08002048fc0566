namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>
/// An expression that cuts text into words, and that need not be trusted: all ways to match run side by side (Thompson 1968; Pike's
/// variant keeps their order, so that the match is the one that backtracking finds), each step is counted, and a text that takes too many
/// is refused. The count does not depend on the machine, and no clock is looked at.
/// </summary>
internal sealed class WordExpression
{
    // What a text may take: some tenths of a second, and thrice what the expressions of real tokenizers take on the worst of texts.
    private const long StepsPerText = 1 << 25;
    private const long StepsPerCharacter = 200;

    private readonly string _source;
    private readonly string _text;

    /// <summary>Reads an expression.</summary>
    /// <param name="source">The file it is from, as messages name it.</param>
    /// <param name="text">The expression.</param>
    /// <exception cref="ArgumentException">It is not well-formed.</exception>
    /// <exception cref="NotSupportedException">It has a part that cannot be run in linear time, or takes too many instructions.</exception>
    public WordExpression(string source, string text)
    {
        (_source, _text) = (source, text);
        Instructions = new ExpressionProgram(ExpressionParser.Read(text)).ToArray();
    }

    /// <summary>What it does, from the first on.</summary>
    public Instruction[] Instructions { get; }

    /// <summary>The steps that cutting a text of some characters may take.</summary>
    public static long StepsFor(int characters) => StepsPerText + StepsPerCharacter * characters;

    /// <summary>What is thrown where they are used up.</summary>
    public TokenizerException TooManySteps(int characters) => new(
        $"{_source}: the pre-tokenizer's expression {Messages.Shorten(_text)} takes more than {StepsFor(characters):N0} steps on a text of {characters:N0} characters, "
        + "as it reads far beyond the words that it matches; expected one whose work grows with the text. Use GPT-2's expression, or one in which no alternative reads on over many words, or shorter texts.");
}
