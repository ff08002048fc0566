using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The two halves of a pipeline around an ONNX model of texts or pairs of texts.</summary>
internal static class SequenceScoringRecipes
{
    /// <summary>The inputs.</summary>
    public static TextTokens Tokens(IHostEnvironment env, OnnxScoringOptions options)
    {
        env.CheckUserArg(options.Model is not null, nameof(options.Model),
            "It is null; expected a model. Give EncoderModel.FromDirectory of the directory beside the ONNX file");
        CheckName(env, options.Sentence1ColumnName, nameof(options.Sentence1ColumnName));
        CheckName(env, options.InputIdsColumnName, nameof(options.InputIdsColumnName));
        CheckName(env, options.AttentionMaskColumnName, nameof(options.AttentionMaskColumnName));
        CheckName(env, options.TokenTypeIdsColumnName, nameof(options.TokenTypeIdsColumnName));
        if (options.Sentence2ColumnName is not null)
            CheckName(env, options.Sentence2ColumnName, nameof(options.Sentence2ColumnName));
        string[] texts =
            options.Sentence2ColumnName is string second ? [options.Sentence1ColumnName, second] : [options.Sentence1ColumnName];
        var tokens = new TextTokens(
            TextModel.Of(options.Model!),
            new TokenColumns(options.InputIdsColumnName, options.AttentionMaskColumnName, options.TokenTypeIdsColumnName),
            options.MaxLength == 0 ? options.Model!.MaxLength : options.MaxLength, texts);
        _ = tokens.MakeSequences();
        return tokens;
    }

    /// <summary>The inputs that a transformer's model reads.</summary>
    public static TextTokens Tokens(BertSequenceTransformer transformer) => transformer.WithModel((model, tokenizer) => new TextTokens(
        TextModel.Of(model, tokenizer), TokenColumns.Usual, transformer.MaxLength,
        transformer.Sentence2ColumnName is string second
            ? [transformer.Sentence1ColumnName, second] : [transformer.Sentence1ColumnName]));

    /// <summary>The outputs, with the labels that the model's configuration names.</summary>
    public static LabelPrediction Labels(IHostEnvironment env, OnnxScoringOptions options)
    {
        env.CheckUserArg(options.Model is not null, nameof(options.Model),
            "It is null; expected a model. Give EncoderModel.FromDirectory of the directory beside the ONNX file");
        CheckName(env, options.LogitsColumnName, nameof(options.LogitsColumnName));
        CheckName(env, options.OutputColumnName, nameof(options.OutputColumnName));
        CheckName(env, options.ScoreColumnName, nameof(options.ScoreColumnName));
        TextModel model = TextModel.Of(options.Model!);
        TaskConfiguration task = model.Task(TaskKind.SequenceClassification);
        string problem = task.Problem ?? (task.Outputs == 1 ? RegressionProblem.ProblemName : SingleLabelProblem.ProblemName);
        bool isNumber = problem == RegressionProblem.ProblemName;
        var labels = new LabelPrediction(
            options.LogitsColumnName, problem, task.Outputs, options.ScoreColumnName, isNumber ? null : options.OutputColumnName,
            isNumber ? null : LabelValues.FromTexts(task.Labels), HasKeys: true, options.Threshold);
        _ = labels.MakeProblem();
        return labels;
    }

    /// <summary>The outputs that a transformer has.</summary>
    public static LabelPrediction Labels(BertSequenceTransformer transformer, string logits)
    {
        DataViewSchema.Column[] added = TransformerColumns.AddedBy(
            transformer, transformer.Sentence2ColumnName is string second
                ? [transformer.Sentence1ColumnName, second] : [transformer.Sentence1ColumnName]);
        int count = transformer.WithModel((model, _) => model.Task.Outputs);
        return transformer switch
        {
            BertTextClassificationTransformer => new LabelPrediction(
                logits, SingleLabelProblem.ProblemName, count, transformer.ScoreColumnName, added[0].Name,
                LabelValues.Of(added[0], AnnotationUtils.Kinds.KeyValues), HasKeys: true, Threshold: 0.5),
            BertMultiLabelClassificationTransformer several => new LabelPrediction(
                logits, MultiLabelProblem.ProblemName, count, transformer.ScoreColumnName, added[0].Name,
                LabelValues.Of(added[0], AnnotationUtils.Kinds.KeyValues) ?? LabelValues.Of(added[0], AnnotationUtils.Kinds.SlotNames),
                added[0].Type.GetItemType() is KeyDataViewType, several.Threshold),
            _ => new LabelPrediction(
                logits, RegressionProblem.ProblemName, count, transformer.ScoreColumnName, null, null, HasKeys: false, Threshold: 0.5),
        };
    }

    private static void CheckName(IHostEnvironment env, string? name, string option) => env.CheckUserArg(
        !string.IsNullOrWhiteSpace(name), option, $"It is '{name}'; expected the name of a column. Set Options.{option}");
}
