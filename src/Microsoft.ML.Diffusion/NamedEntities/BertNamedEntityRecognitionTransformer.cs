using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(BertNamedEntityRecognitionTransformer), null, typeof(SignatureLoadModel), BertNamedEntityRecognitionTransformer.UserName,
    BertNamedEntityRecognitionTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="BertNamedEntityRecognitionEstimator"/> or a
/// <see cref="NamedEntityRecognitionScoringEstimator"/>: labels the words of each row, and finds the entities that the labels describe.
/// </summary>
/// <inheritdoc/>
public sealed partial class BertNamedEntityRecognitionTransformer : ModelTransformerBase<TaskModel>
{
    internal const string UserName = "Named entities by a BERT-family encoder";
    internal const string LoaderSignature = "BertNamedEntities";

    private readonly NamedEntityOutput _output;
    private readonly TokenClassifierOptions _options;

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    internal BertNamedEntityRecognitionTransformer(
        IHostEnvironment env, string sentenceColumnName, NamedEntityOutput output, WordSplitting splitting, TokenClassifierOptions options,
        SharedModel<TaskModel>.Hold model, Tokenizer tokenizer)
        : base(env.Register(nameof(BertNamedEntityRecognitionTransformer)), model, tokenizer)
    {
        (SentenceColumnName, _output, Splitting, _options) = (sentenceColumnName, output, splitting, options);
        Labels = new LabelSet(model.Model.Task.Labels);
    }

    /// <summary>The column with the words: a vector of text, or a text, whichever the model was trained on.</summary>
    public string SentenceColumnName { get; }

    /// <summary>How a text is split into words.</summary>
    public WordSplitting Splitting { get; }

    /// <summary>Whether the labels are the most probable valid sequence.</summary>
    public bool ConstrainedDecoding => _options.ConstrainedDecoding;

    /// <summary>How words are labeled.</summary>
    public TokenClassifierOptions ClassifierOptions => _options;

    /// <summary>The training report; null if the transformer was not trained, but loaded or made of a fine-tuned model.</summary>
    public TrainingReport? TrainingReport { get; internal init; }

    /// <summary>The labels, in the order of the keys.</summary>
    public LabelSet Labels { get; }

    private protected override string Done => "labeled";

    private protected override int LargestBatch => 256;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => _output.Columns(Labels);

    private protected override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) =>
        [NamedEntityColumns.FindWords(Host, schema, SentenceColumnName)];

    private protected override string FindOnnxProblem() =>
        "words and entities are decoded from the logits of tokens, which a graph cannot say. SaveOnnx of the package Diffusion.ML.Onnx" +
        " writes the model, and TokenizeForOnnx and PredictFromOnnx make it a pipeline with ApplyOnnxModel.";

    private protected override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed)
    {
        DataViewSchema.Column column = NamedEntityColumns.FindWords(Host, input.Schema, SentenceColumnName);
        return new WordBatch(
            NamedEntityColumns.MakeWordsGetter(input, column, Tokenizer, Splitting), capacity,
            () => new WordLabeler(Use, Tokenizer, _options, warnsAtOnce: mayNotBeDisposed));
    }
}
