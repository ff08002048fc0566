using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>The columns that a <see cref="BertQuestionAnsweringTransformer"/> reads and adds.</summary>
/// <param name="Context">Read: the text that may hold the answer.</param>
/// <param name="Question">Read: the question.</param>
/// <param name="Answer">Added: the answers.</param>
/// <param name="Score">Added: their probabilities.</param>
/// <param name="AnswerStart">Added: the start of each answer in the context.</param>
/// <param name="NoAnswerMargin">Added: the score of no answer minus that of the best text.</param>
internal sealed record QuestionAnsweringColumns(string Context, string Question, string Answer, string Score, string AnswerStart,
    string NoAnswerMargin)
{
    /// <summary>The added columns, in order.</summary>
    public DataViewSchema.DetachedColumn[] Added =>
    [
        new(Answer, new VectorDataViewType(TextDataViewType.Instance)),
        new(Score, new VectorDataViewType(NumberDataViewType.Single)),
        new(AnswerStart, new VectorDataViewType(NumberDataViewType.Int32)),
        new(NoAnswerMargin, NumberDataViewType.Single),
    ];

    /// <summary>The columns of contexts and of questions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or is not text.</exception>
    public IReadOnlyList<DataViewSchema.Column> FindInputs(IHost host, DataViewSchema schema) =>
        [TextColumns.Find(host, schema, Context, "context"), TextColumns.Find(host, schema, Question, "question")];

    /// <summary>Fails unless the shape has the columns of contexts and of questions.</summary>
    public void CheckInputs(IHost host, SchemaShape schema)
    {
        TextColumns.Check(host, schema, Context, "context");
        TextColumns.Check(host, schema, Question, "question");
    }

    /// <summary>The input columns and the added columns.</summary>
    public SchemaShape AddTo(SchemaShape schema) => schema.With(Added.Select(added => added.Type is VectorDataViewType vector
        ? new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.VariableVector, vector.ItemType, isKey: false)
        : new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.Scalar, added.Type, isKey: false)));

    /// <summary>Fails if a name is empty, or if two added columns have the same name.</summary>
    public void Check(IExceptionContext env)
    {
        ColumnNames.Check(env, Context, nameof(BertQuestionAnsweringEstimator.Options.ContextColumnName), "the column with the contexts");
        ColumnNames.Check(env, Question, nameof(BertQuestionAnsweringEstimator.Options.QuestionColumnName),
            "the column with the questions");
        ColumnNames.Check(env, Answer, nameof(BertQuestionAnsweringEstimator.Options.PredictedAnswerColumnName),
            "the output column for the answers");
        ColumnNames.Check(env, Score, nameof(BertQuestionAnsweringEstimator.Options.ScoreColumnName), "the output column for the scores");
        ColumnNames.Check(env, AnswerStart, nameof(BertQuestionAnsweringEstimator.Options.AnswerStartColumnName),
            "the output column for the start of the answers");
        ColumnNames.Check(env, NoAnswerMargin, nameof(BertQuestionAnsweringEstimator.Options.NoAnswerMarginColumnName),
            "the output column for the no-answer margin");
        string? twice = Added.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        env.CheckUserArg(twice is null, nameof(BertQuestionAnsweringEstimator.Options.PredictedAnswerColumnName),
            $"Two output columns are named '{twice}'; expected a different name for each");
    }
}
