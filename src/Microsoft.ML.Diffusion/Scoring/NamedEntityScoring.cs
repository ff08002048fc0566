using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>Applies a fine-tuned model to the words of texts.</summary>
internal sealed class NamedEntityScoring : IScoringRecipe<BertNamedEntityRecognitionTransformer>
{
    private readonly ScoringSetup _setup;
    private readonly string _sentence;
    private readonly NamedEntityOutput _output;
    private readonly WordSplitting _splitting;
    private readonly TokenClassifierOptions _options;

    /// <summary>Checks the options.</summary>
    public NamedEntityScoring(ScoringSetup setup, NamedEntityRecognitionScoringEstimator.Options options)
    {
        ColumnNames.Check(setup.Host, options.Sentence1ColumnName, nameof(options.Sentence1ColumnName), "the column with the texts");
        (_setup, _sentence, _output) = (setup, options.Sentence1ColumnName, options.ToOutput(setup.Host));
        options.CheckSplitting(setup.Host);
        _splitting = options.Splitting ?? WordSplitting.Punctuation;
        _options = new TokenClassifierOptions
        {
            Windows = options.ToWindows(setup.Model, setup.Model.Source.MaxLength), ConstrainedDecoding = options.ConstrainedDecoding,
        };
        _ = new LabelSet(setup.Task.Labels);
    }

    public void Check(DataViewSchema schema) => NamedEntityColumns.FindWords(_setup.Host, schema, _sentence);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        NamedEntityColumns.CheckWords(_setup.Host, inputSchema, _sentence);
        return _output.AddTo(inputSchema);
    }

    public BertNamedEntityRecognitionTransformer MakeTransformer(SharedModel<TaskModel>.Hold model) =>
        new(_setup.Host, _sentence, _output, _splitting, _options, model, _setup.Model.Tokenizer);
}
