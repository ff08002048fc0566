using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>Applies a fine-tuned model to texts or pairs of texts.</summary>
/// <typeparam name="TTransformer">The type that Fit returns.</typeparam>
internal sealed class SequenceScoring<TTransformer> : IScoringRecipe<TTransformer> where TTransformer : BertSequenceTransformer
{
    /// <summary>The label column that a trainer of the same model would have had: keys whose values are texts.</summary>
    private static readonly SchemaShape.Column s_label = new("Label", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
        new SchemaShape([new(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)]));

    private readonly ScoringSetup _setup;
    private readonly SequenceLabels _labels;
    private readonly SequenceSettings _settings;
    private readonly Func<IHost, SharedModel<TaskModel>.Hold, Tokenizer, SequenceSettings, TTransformer> _makeTransformer;

    /// <summary>Checks the options.</summary>
    /// <param name="setup">The estimator's setup.</param>
    /// <param name="options">The options.</param>
    /// <param name="outputColumnName">The column for the predicted label; null for numbers.</param>
    /// <param name="labels">The kind of label.</param>
    /// <param name="makeTransformer">Creates the transformer, which releases the model when it is disposed.</param>
    public SequenceScoring(
        ScoringSetup setup, SequenceScoringOptions options, string? outputColumnName, SequenceLabels labels,
        Func<IHost, SharedModel<TaskModel>.Hold, Tokenizer, SequenceSettings, TTransformer> makeTransformer)
    {
        (_setup, _labels, _makeTransformer) = (setup, labels, makeTransformer);
        var columns =
            new SequenceColumns(options.Sentence1ColumnName, options.Sentence2ColumnName, options.ScoreColumnName, outputColumnName);
        columns.Check(setup.Host);
        OpenedModel model = setup.Model;
        columns.CheckPairs(model);
        int maxLength = new TextSequences(model.Tokenizer, model.Family, model.Configuration,
            options.MaxLength == 0 ? model.Source.MaxLength : options.MaxLength).MaxLength;
        _settings = new SequenceSettings(columns, maxLength, outputColumnName is null ? null : LabelNames.FromTexts(setup.Task.Labels),
            HasKeys: true, labels.Threshold);
    }

    public void Check(DataViewSchema schema) => _settings.Columns.FindInputs(_setup.Host, schema);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _settings.Columns.CheckInputs(_setup.Host, inputSchema);
        return inputSchema.With(_labels.OutputShapes(_settings.Columns, s_label));
    }

    public TTransformer MakeTransformer(SharedModel<TaskModel>.Hold model) =>
        _makeTransformer(_setup.Host.Register(typeof(TTransformer).Name), model, _setup.Model.Tokenizer, _settings);
}
