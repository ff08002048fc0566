using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The columns of contexts and questions, and how they become inputs of a model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Context">The column of contexts.</param>
/// <param name="Question">The column of questions.</param>
/// <param name="Windows">How inputs are made.</param>
internal sealed record QuestionColumns(TextModel Model, string Context, string Question, QuestionWindowOptions Windows)
{
    /// <summary>The columns.</summary>
    public InputColumn[] Inputs => [new(Context, "context", InputKind.Text), new(Question, "question", InputKind.Text)];

    /// <summary>Makes a decoder, for one thread.</summary>
    public AnswerDecoder MakeDecoder(SpanDecoderOptions options) =>
        new(Model.Tokenizer, Model.Family, Model.Configuration, Windows, options);

    /// <summary>Reads the question of the current row.</summary>
    public static Func<AskedQuestion> MakeGetter(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns)
    {
        ValueGetter<ReadOnlyMemory<char>> getContext = input.GetGetter<ReadOnlyMemory<char>>(columns[0]),
            getQuestion = input.GetGetter<ReadOnlyMemory<char>>(columns[1]);
        ReadOnlyMemory<char> context = default, question = default;
        return () =>
        {
            getContext(ref context);
            getQuestion(ref question);
            return new AskedQuestion(context.ToString(), question.ToString());
        };
    }

    /// <summary>Writes the model, string ids for the columns, and six ints: the options.</summary>
    public void Save(ModelSaveContext ctx)
    {
        Model.Save(ctx);
        ctx.SaveNonEmptyString(Context);
        ctx.SaveNonEmptyString(Question);
        foreach (int number in (int[])[Windows.MaxTokens, Windows.StrideOverlap, Windows.MaxQuestionTokens, Windows.SpecialTokensBefore,
            Windows.SpecialTokensBetween, Windows.SpecialTokensAfter])
            ctx.Writer.Write(number);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static QuestionColumns Load(ModelLoadContext ctx)
    {
        var columns = new QuestionColumns(
            TextModel.Load(ctx), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), new QuestionWindowOptions
            {
                MaxTokens = ctx.Reader.ReadInt32(),
                StrideOverlap = ctx.Reader.ReadInt32(),
                MaxQuestionTokens = ctx.Reader.ReadInt32(),
                SpecialTokensBefore = ctx.Reader.ReadInt32(),
                SpecialTokensBetween = ctx.Reader.ReadInt32(),
                SpecialTokensAfter = ctx.Reader.ReadInt32(),
            });
        _ = columns.MakeDecoder(new SpanDecoderOptions()); // fails if the options do not fit the model
        return columns;
    }
}
