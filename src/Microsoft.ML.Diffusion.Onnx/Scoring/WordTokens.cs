using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The inputs of a model that labels words: one window a row.</summary>
/// <param name="words">The words.</param>
/// <param name="columns">The columns that are added.</param>
internal sealed class WordTokens(WordColumns words, TokenColumns columns) : RowRecipe
{
    public override RecipeKind Kind => RecipeKind.WordTokens;

    public override IReadOnlyList<InputColumn> Inputs => [words.Input];

    public override DataViewSchema.DetachedColumn[] Outputs => columns.Detached;

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(words.MakeDecoder(), words.MakeGetter(input, columns[0]), warn);

    public override void Save(ModelSaveContext ctx)
    {
        // the words; the columns
        words.Save(ctx);
        columns.Save(ctx);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static WordTokens Load(ModelLoadContext ctx) => new(WordColumns.Load(ctx), TokenColumns.Load(ctx));

    private sealed class Computation(WordLabelDecoder decoder, Func<WordSequence> getWords, Action<string> warn) : TokenComputation
    {
        private int[] _tokens = [];
        private bool _warned;

        protected override ReadOnlySpan<int> Tokens => _tokens;

        protected override ReadOnlySpan<int> Types => [];

        public override void Compute()
        {
            WordSequence words = getWords();
            _tokens = decoder.Encode(words);
            if (_warned || words.Tokens.Length + 2 <= _tokens.Length)
                return;
            _warned = true;
            warn("A text has more tokens than the model takes at once; its end is not read, because an ONNX model reads one window a row."
                + " Further texts like this are not logged for the same cursor.");
        }
    }
}
