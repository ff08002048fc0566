using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The answers to questions from a model's logits.</summary>
/// <param name="questions">The questions.</param>
/// <param name="decoding">How answers are decoded.</param>
/// <param name="topK">The most answers of a row.</param>
/// <param name="names">The columns: the start logits and the end logits that are read, and the answers, their probabilities, their starts
/// and the margin of no answer that are added.</param>
internal sealed class AnswerPrediction(QuestionColumns questions, SpanDecoderOptions decoding, int topK, string[] names) : RowRecipe
{
    private const int NameCount = 6;

    public override RecipeKind Kind => RecipeKind.Answers;

    public override IReadOnlyList<InputColumn> Inputs { get; } =
        [.. questions.Inputs, new(names[0], "start logits", InputKind.Numbers), new(names[1], "end logits", InputKind.Numbers)];

    public override DataViewSchema.DetachedColumn[] Outputs =>
    [
        new(names[2], new VectorDataViewType(TextDataViewType.Instance)),
        new(names[3], new VectorDataViewType(NumberDataViewType.Single)),
        new(names[4], new VectorDataViewType(NumberDataViewType.Int32)),
        new(names[5], NumberDataViewType.Single),
    ];

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(questions.MakeDecoder(decoding), topK, QuestionColumns.MakeGetter(input, columns),
            NumbersGetter.Of(input, columns[2]), NumbersGetter.Of(input, columns[3]));

    public override void Save(ModelSaveContext ctx)
    {
        // the questions; int: NBest, MaxAnswerTokens; bool: AllowNoAnswer; double: NoAnswerThreshold; int: topK; string ids: the names
        questions.Save(ctx);
        ctx.Writer.Write(decoding.NBest);
        ctx.Writer.Write(decoding.MaxAnswerTokens);
        ctx.Writer.Write(decoding.AllowNoAnswer);
        ctx.Writer.Write(decoding.NoAnswerThreshold);
        ctx.Writer.Write(topK);
        foreach (string name in names)
            ctx.SaveNonEmptyString(name);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static AnswerPrediction Load(ModelLoadContext ctx)
    {
        var questions = QuestionColumns.Load(ctx);
        var decoding = new SpanDecoderOptions
        {
            NBest = ctx.Reader.ReadInt32(),
            MaxAnswerTokens = ctx.Reader.ReadInt32(),
            AllowNoAnswer = ctx.Reader.ReadBoolean(),
            NoAnswerThreshold = ctx.Reader.ReadDouble(),
        };
        decoding.Validate();
        int topK = ctx.Reader.ReadInt32();
        return topK >= 1
            ? new AnswerPrediction(questions, decoding, topK, [.. Enumerable.Range(0, NameCount).Select(_ => ctx.LoadNonEmptyString())])
            : throw new InvalidDataException($"It returns {topK} answers; expected 1 or more.");
    }

    private sealed class Computation(
        AnswerDecoder decoder, int topK, Func<AskedQuestion> getQuestion, Func<float[]> getStarts, Func<float[]> getEnds) : RowComputation
    {
        private AnswerCandidate[] _ranked = [];
        private float _margin;

        public override void Compute()
        {
            decoder.Encode(getQuestion());
            AnswerList answers = decoder.Decode(getStarts(), getEnds());
            _margin = (float)answers.NoAnswerMargin;
            IEnumerable<AnswerCandidate> others = answers.Candidates.Where(candidate => candidate != answers.Answer);
            _ranked = [.. (answers.Answer is null ? others : others.Prepend(answers.Answer)).Take(topK)];
        }

        public override Delegate MakeGetter(int column, Action current) => column switch
        {
            0 => VectorGetter.Of(current, () => _ranked, candidate => candidate.Text.AsMemory()),
            1 => VectorGetter.Of(current, () => _ranked, candidate => (float)candidate.Probability),
            2 => VectorGetter.Of(current, () => _ranked, candidate => candidate.Start),
            _ => (ValueGetter<float>)((ref float value) =>
            {
                current();
                value = _margin;
            }),
        };
    }
}
