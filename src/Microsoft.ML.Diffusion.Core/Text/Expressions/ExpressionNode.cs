namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>A part of a parsed expression.</summary>
internal abstract class ExpressionNode
{
    /// <summary>Whether it may match the empty text.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>Appends the instructions that match it.</summary>
    public abstract void Emit(ExpressionProgram program);

    /// <summary>One character of a set.</summary>
    public sealed class One(CharacterSet set) : ExpressionNode
    {
        public override bool IsNullable => false;

        public override void Emit(ExpressionProgram program) => program.Add(Instruction.Take(set, program.Count + 1));
    }

    /// <summary>One part after another.</summary>
    public sealed class Sequence(IReadOnlyList<ExpressionNode> parts) : ExpressionNode
    {
        public override bool IsNullable { get; } = parts.All(part => part.IsNullable);

        public override void Emit(ExpressionProgram program)
        {
            foreach (ExpressionNode part in parts)
                part.Emit(program);
        }
    }

    /// <summary>The first of several that leads to a match.</summary>
    public sealed class Choice(IReadOnlyList<ExpressionNode> options) : ExpressionNode
    {
        public override bool IsNullable { get; } = options.Any(option => option.IsNullable);

        public override void Emit(ExpressionProgram program)
        {
            var ends = new List<int>();
            for (int i = 0; i < options.Count - 1; i++)
            {
                int split = program.Add(default);
                options[i].Emit(program);
                ends.Add(program.Add(default));
                program[split] = Instruction.Fork(split + 1, program.Count);
            }
            options[^1].Emit(program);
            foreach (int end in ends)
                program[end] = ExpressionProgram.Jump(program.Count);
        }
    }

    /// <summary>A part repeated between a least and a greatest number of times; <see cref="int.MaxValue"/> for no limit.</summary>
    public sealed class Repeat(ExpressionNode part, int least, int most, bool isLazy) : ExpressionNode
    {
        public override bool IsNullable { get; } = least == 0 || part.IsNullable;

        public override void Emit(ExpressionProgram program)
        {
            bool endless = most == int.MaxValue;
            // x* is (x+)?.
            int copies = endless ? Math.Max(least, 1) : most;
            var exits = new List<int>();
            int last = program.Count;
            for (int i = 0; i < copies; i++)
            {
                if (i >= least)
                    exits.Add(program.Add(default));
                last = program.Count;
                part.Emit(program);
            }
            if (endless)
            {
                int loop = program.Add(default);
                program[loop] = Fork(last, loop + 1);
            }
            foreach (int exit in exits)
                program[exit] = Fork(exit + 1, program.Count);
        }

        private Instruction Fork(int again, int on) => isLazy ? Instruction.Fork(on, again) : Instruction.Fork(again, on);
    }
}
