using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML;

/// <summary>
/// Adds this project's components to <c>mlContext.Auto()</c>, as estimators whose options are swept: alone, or in a pipeline of AutoML's.
/// </summary>
/// <remarks>
/// <c>configure</c> sets what all trials share, after the values that are swept, and is called twice for each trial. What it sets is better
/// removed from the space, so that the trials tell of it truly.
/// </remarks>
public static class DiffusionAutoCatalog
{
    /// <summary><see cref="DiffusionCatalog.DiffusionGenerate(TransformsCatalog.TextTransforms, DiffusionGenerateEstimator.Options)"/> with a swept schedule, sampler, number of steps, temperature and top-p.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that is written.</param>
    /// <param name="inputColumnName">The column with the prompts; null stands for the output column's name.</param>
    /// <param name="space">What is tried; null for all of <see cref="MaskScheduleSpace"/>.</param>
    /// <param name="configure">Sets what all trials share, such as the model and the number of new tokens.</param>
    public static SweepableEstimator DiffusionGenerate(
        this AutoCatalog catalog, string outputColumnName, string? inputColumnName = null, SearchSpace<MaskScheduleSpace>? space = null,
        Action<DiffusionGenerateEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) =>
            {
                DiffusionGenerateEstimator.Options options = Configured(configure, shared => values.ToOptions(shared.MaxNewTokens));
                return new TrialEstimator<MaskedLanguageModel>(
                    trial, context => context.Transforms.Text.DiffusionGenerate(outputColumnName, inputColumnName, options),
                    token => options.CancellationToken = token, options.CancellationToken);
            },
            space ?? new SearchSpace<MaskScheduleSpace>());
    }

    /// <summary><see cref="DiffusionCatalog.MaskedDiffusion(TransformsCatalog.TextTransforms, MaskedDiffusionEstimator.Options)"/> with swept settings of the training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that the transformer writes.</param>
    /// <param name="promptColumnName">The column with the prompts.</param>
    /// <param name="textColumnName">The column with the texts to learn from.</param>
    /// <param name="space">What is tried; null for all of <see cref="MaskedDiffusionSpace"/>.</param>
    /// <param name="configure">Sets what all trials share, such as the model and the share of the texts that is measured on.</param>
    public static SweepableEstimator MaskedDiffusion(
        this AutoCatalog catalog, string outputColumnName, string promptColumnName = "Prompt", string textColumnName = "Text",
        SearchSpace<MaskedDiffusionSpace>? space = null, Action<MaskedDiffusionEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, _ => values.ToOptions()),
                (context, options) => context.Transforms.Text.MaskedDiffusion(outputColumnName, promptColumnName, textColumnName, options)),
            space ?? new SearchSpace<MaskedDiffusionSpace>());
    }

    /// <summary><see cref="BertSequenceCatalog.BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertTextClassificationEstimator.Options)"/> with swept settings of the training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the classes: a key.</param>
    /// <param name="scoreColumnName">The column that the classes' probabilities are written to.</param>
    /// <param name="outputColumnName">The column that the predicted class is written to.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null where texts are not pairs.</param>
    /// <param name="space">What is tried; null for all of <see cref="TextClassificationSpace"/>.</param>
    /// <param name="configure">Sets what all trials share, such as the model and the rows to measure on.</param>
    public static SweepableEstimator BertTextClassification(
        this AutoCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score", string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null, SearchSpace<TextClassificationSpace>? space = null,
        Action<BertTextClassificationEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, shared => values.ToOptions(shared.Model)),
                (context, options) =>
                {
                    (options.LabelColumnName, options.ScoreColumnName, options.OutputColumnName) = (labelColumnName, scoreColumnName, outputColumnName);
                    (options.Sentence1ColumnName, options.Sentence2ColumnName) = (sentence1ColumnName, sentence2ColumnName);
                    return context.MulticlassClassification.Trainers.BertTextClassification(options);
                }),
            space ?? new SearchSpace<TextClassificationSpace>());
    }

    /// <summary><see cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertQuestionAnsweringEstimator.Options)"/> with swept settings of the training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="contextColumnName">The column with the texts that may hold the answers.</param>
    /// <param name="questionColumnName">The column with the questions.</param>
    /// <param name="trainingAnswerColumnName">The column with the answers to learn from.</param>
    /// <param name="answerIndexColumnName">The column with the character of the context where the answer starts.</param>
    /// <param name="predictedAnswerColumnName">The column that is added with the answers.</param>
    /// <param name="scoreColumnName">The column that is added with the answers' probabilities.</param>
    /// <param name="space">What is tried; null for all of <see cref="QuestionAnsweringSpace"/>.</param>
    /// <param name="configure">Sets what all trials share, such as the model and the rows to measure on.</param>
    public static SweepableEstimator BertQuestionAnswering(
        this AutoCatalog catalog, string contextColumnName = "Context", string questionColumnName = "Question", string trainingAnswerColumnName = "TrainingAnswer",
        string answerIndexColumnName = "AnswerIndex", string predictedAnswerColumnName = "Answer", string scoreColumnName = "Score",
        SearchSpace<QuestionAnsweringSpace>? space = null, Action<BertQuestionAnsweringEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, shared => values.ToOptions(shared.Model)),
                (context, options) =>
                {
                    (options.ContextColumnName, options.QuestionColumnName) = (contextColumnName, questionColumnName);
                    (options.TrainingAnswerColumnName, options.AnswerIndexColumnName) = (trainingAnswerColumnName, answerIndexColumnName);
                    (options.PredictedAnswerColumnName, options.ScoreColumnName) = (predictedAnswerColumnName, scoreColumnName);
                    return context.MulticlassClassification.Trainers.BertQuestionAnswering(options);
                }),
            space ?? new SearchSpace<QuestionAnsweringSpace>());
    }

    /// <summary><see cref="NamedEntityCatalog.BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertNamedEntityRecognitionEstimator.Options)"/> with swept settings of the training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the label of each word.</param>
    /// <param name="outputColumnName">The column that is written with the predicted labels.</param>
    /// <param name="sentence1ColumnName">The column with the texts, or with their words.</param>
    /// <param name="space">What is tried; null for all of <see cref="NamedEntitySpace"/>.</param>
    /// <param name="configure">Sets what all trials share, such as the model and the rows to measure on.</param>
    public static SweepableEstimator BertNamedEntityRecognition(
        this AutoCatalog catalog, string labelColumnName = "Label", string outputColumnName = "PredictedLabel", string sentence1ColumnName = "Sentence",
        SearchSpace<NamedEntitySpace>? space = null, Action<BertNamedEntityRecognitionEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, shared => values.ToOptions(shared.Model)),
                (context, options) =>
                {
                    (options.LabelColumnName, options.OutputColumnName, options.Sentence1ColumnName) = (labelColumnName, outputColumnName, sentence1ColumnName);
                    return context.MulticlassClassification.Trainers.BertNamedEntityRecognition(options);
                }),
            space ?? new SearchSpace<NamedEntitySpace>());
    }

    /// <summary>The options that are swept, made where what all share is known, with what all share.</summary>
    private static TOptions Configured<TOptions>(Action<TOptions>? configure, Func<TOptions, TOptions> make)
        where TOptions : new()
    {
        var shared = new TOptions();
        configure?.Invoke(shared);
        TOptions options = make(shared);
        configure?.Invoke(options);
        return options;
    }

    /// <summary>What a trial fits of a trainer, whose training the trial watches and cancels.</summary>
    private static TrialEstimator<TModel> OfTrainer<TOptions, TModel>(
        MLContext trial, TOptions options, Func<MLContext, TOptions, IEstimator<ModelTransformerBase<TModel>>> make)
        where TOptions : TrainerOptions where TModel : EncoderWithHead
    {
        options.Progress = TrialScope.Of(trial).ObserverAnd(options.Progress);
        return new(trial, context => make(context, options), token => options.CancellationToken = token, options.CancellationToken);
    }
}
