namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>
/// The instructions of an expression, with counted repeats expanded. Their number is limited, since a file may ask for any number of
/// repeats.
/// </summary>
internal sealed class ExpressionProgram
{
    /// <summary>The most instructions. The expressions of real tokenizers take below 100.</summary>
    public const int Most = 1000;

    private readonly List<Instruction> _instructions = [];

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="NotSupportedException">It takes too many instructions.</exception>
    public ExpressionProgram(ExpressionNode node)
    {
        node.Emit(this);
        Add(Instruction.Match);
    }

    public int Count => _instructions.Count;

    public Instruction this[int index]
    {
        get => _instructions[index];
        set => _instructions[index] = value;
    }

    /// <summary>Appends an instruction and returns its index.</summary>
    public int Add(Instruction instruction)
    {
        if (_instructions.Count == Most)
            throw new NotSupportedException($"With its counted repeats expanded it has more than {Most} steps.");
        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    /// <summary>An instruction that only continues at another index.</summary>
    public static Instruction Jump(int place) => Instruction.Fork(place, place);

    /// <summary>The instructions, none of which leads to a jump.</summary>
    public Instruction[] ToArray() =>
        [.. _instructions.Select(instruction => instruction with
            {
                First = Landing(instruction.First), Second = Landing(instruction.Second)
            })];

    private int Landing(int place)
    {
        // Jumps only go forward.
        while (place >= 0 && _instructions[place] is { IsFork: true } jump && jump.First == jump.Second)
            place = jump.First;
        return place;
    }
}
