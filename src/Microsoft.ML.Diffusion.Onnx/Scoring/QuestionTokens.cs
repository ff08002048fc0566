using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The inputs of a model that answers questions: one window a row.</summary>
/// <param name="questions">The questions and contexts.</param>
/// <param name="columns">The columns that are added.</param>
internal sealed class QuestionTokens(QuestionColumns questions, TokenColumns columns) : RowRecipe
{
    public override RecipeKind Kind => RecipeKind.QuestionTokens;

    public override IReadOnlyList<InputColumn> Inputs => questions.Inputs;

    public override DataViewSchema.DetachedColumn[] Outputs => columns.Detached;

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(questions.MakeDecoder(new SpanDecoderOptions()), QuestionColumns.MakeGetter(input, columns), warn);

    public override void Save(ModelSaveContext ctx)
    {
        // the questions; the columns
        questions.Save(ctx);
        columns.Save(ctx);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static QuestionTokens Load(ModelLoadContext ctx) => new(QuestionColumns.Load(ctx), TokenColumns.Load(ctx));

    private sealed class Computation(AnswerDecoder decoder, Func<AskedQuestion> getQuestion, Action<string> warn) : TokenComputation
    {
        private bool _warned;

        protected override ReadOnlySpan<int> Tokens => decoder.Tokens;

        protected override ReadOnlySpan<int> Types => decoder.Types;

        public override void Compute()
        {
            decoder.Encode(getQuestion());
            if (!decoder.IsContextCut || _warned)
                return;
            _warned = true;
            warn("A context is longer than a window; its end is not read, because an ONNX model reads one window a row. Further contexts"
                + " like this are not logged for the same cursor.");
        }
    }
}
