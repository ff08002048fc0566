using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The inputs of a model of texts, or of pairs of texts.</summary>
/// <param name="model">The model.</param>
/// <param name="columns">The columns that are added.</param>
/// <param name="maxLength">The maximum number of tokens; 0 for the encoder's.</param>
/// <param name="texts">The columns of texts: one, or two for pairs.</param>
internal sealed class TextTokens(TextModel model, TokenColumns columns, int maxLength, params string[] texts) : RowRecipe
{
    public override RecipeKind Kind => RecipeKind.TextTokens;

    public override IReadOnlyList<InputColumn> Inputs { get; } =
        [.. texts.Select((name, i) => new InputColumn(name, $"sentence{i + 1}", InputKind.Text))];

    public override DataViewSchema.DetachedColumn[] Outputs => columns.Detached;

    /// <summary>An empty collection of inputs.</summary>
    /// <exception cref="ArgumentException">The maximum number of tokens is out of range.</exception>
    /// <exception cref="Text.TokenizerException">The tokenizer makes no pairs.</exception>
    public TextSequences MakeSequences()
    {
        if (texts.Length == 2)
            _ = model.Family.SeparatorsOf(model.Tokenizer);
        return new TextSequences(model.Tokenizer, model.Family, model.Configuration, maxLength);
    }

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(MakeSequences(), [.. columns.Select(input.GetGetter<ReadOnlyMemory<char>>)], warn);

    public override void Save(ModelSaveContext ctx)
    {
        // the model; the columns; int: maxLength; byte: the number of texts; string ids: their columns
        model.Save(ctx);
        columns.Save(ctx);
        ctx.Writer.Write(maxLength);
        ctx.Writer.Write((byte)texts.Length);
        foreach (string text in texts)
            ctx.SaveNonEmptyString(text);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static TextTokens Load(ModelLoadContext ctx)
    {
        var model = TextModel.Load(ctx);
        var columns = TokenColumns.Load(ctx);
        int maxLength = ctx.Reader.ReadInt32(), count = ctx.Reader.ReadByte();
        if (count is not (1 or 2))
            throw new InvalidDataException($"It reads {count} columns of texts; expected 1 or 2.");
        var tokens = new TextTokens(
            model, columns, maxLength, [.. Enumerable.Range(0, count).Select(_ => ctx.LoadNonEmptyString())]);
        _ = tokens.MakeSequences();
        return tokens;
    }

    private sealed class Computation(TextSequences sequences, ValueGetter<ReadOnlyMemory<char>>[] getTexts, Action<string> warn)
        : TokenComputation
    {
        private ReadOnlyMemory<char> _first, _second;
        private bool _warned;

        protected override ReadOnlySpan<int> Tokens => sequences.Sequences.Tokens;

        protected override ReadOnlySpan<int> Types => sequences.Types;

        public override void Compute()
        {
            sequences.Clear();
            getTexts[0](ref _first);
            if (getTexts.Length == 1)
            {
                sequences.Add(_first.Span);
            }
            else
            {
                getTexts[1](ref _second);
                sequences.Add(_first.Span, _second.Span);
            }
            if (sequences.Truncated == 0 || _warned)
                return;
            _warned = true;
            warn($"A text is longer than {sequences.MaxLength} tokens; its end was cut. Further texts like this are not logged for the same"
                + " cursor.");
        }
    }
}
