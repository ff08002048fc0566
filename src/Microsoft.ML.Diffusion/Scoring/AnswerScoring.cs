using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>Applies a fine-tuned model to questions and contexts.</summary>
internal sealed class AnswerScoring : IScoringRecipe<BertQuestionAnsweringTransformer>
{
    private readonly ScoringSetup _setup;
    private readonly QuestionAnsweringColumns _columns;
    private readonly QuestionWindowOptions _windows;
    private readonly SpanDecoderOptions _decoder;
    private readonly int _topK;

    /// <summary>Checks the options.</summary>
    public AnswerScoring(ScoringSetup setup, IAnsweringOptions options)
    {
        (_setup, _columns, _topK) = (setup, options.ToColumns(setup.Host), options.TopK);
        (_windows, _decoder) = (options.ToWindows(setup.Model, setup.Model.Source.MaxLength), options.ToDecoder(setup.Host));
    }

    public void Check(DataViewSchema schema) => _columns.FindInputs(_setup.Host, schema);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _columns.CheckInputs(_setup.Host, inputSchema);
        return _columns.AddTo(inputSchema);
    }

    public BertQuestionAnsweringTransformer MakeTransformer(SharedModel<TaskModel>.Hold model) =>
        new(_setup.Host, model, _setup.Model.Tokenizer, _columns, _windows, _decoder, _topK, report: null);
}
