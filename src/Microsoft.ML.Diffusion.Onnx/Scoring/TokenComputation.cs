using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The columns of a model's inputs: token ids, a mask of ones, and token types, in the order of <see cref="TokenColumns"/>.
/// </summary>
internal abstract class TokenComputation : RowComputation
{
    /// <summary>The tokens of the current row.</summary>
    protected abstract ReadOnlySpan<int> Tokens { get; }

    /// <summary>The types of the tokens; empty for type 0 everywhere.</summary>
    protected abstract ReadOnlySpan<int> Types { get; }

    public override Delegate MakeGetter(int column, Action current) => (ValueGetter<VBuffer<long>>)((ref VBuffer<long> value) =>
    {
        current();
        VBufferEditor<long> editor = VBufferEditor.Create(ref value, Tokens.Length);
        for (int i = 0; i < Tokens.Length; i++)
            editor.Values[i] = column switch { 0 => Tokens[i], 1 => 1, _ => Types.IsEmpty ? 0 : Types[i] };
        value = editor.Commit();
    });
}
