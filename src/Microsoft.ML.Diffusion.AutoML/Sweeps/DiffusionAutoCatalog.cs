using Microsoft.ML.AutoML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Trials;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <c>mlContext.Auto()</c> that create sweepable estimators, for use alone or in a sweepable pipeline of AutoML.
/// </summary>
/// <remarks>
/// <c>configure</c> sets the options that all trials share. It is called twice for each trial and overrides the swept values. Remove an
/// option that it sets from the search space, so that the reports of the trials show the value that was used.
/// </remarks>
public static class DiffusionAutoCatalog
{
    /// <summary>
    /// Creates a sweepable estimator that generates texts; the sweep is over the schedule, the sampler, the number of steps, the
    /// temperature and top-p.
    /// </summary>
    /// <seealso cref="DiffusionCatalog.DiffusionGenerate(TransformsCatalog.TextTransforms, DiffusionGenerateEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The output column.</param>
    /// <param name="inputColumnName">The column with the prompts; null means the name of the output column.</param>
    /// <param name="space">The search space; null for all of <see cref="MaskScheduleSpace"/>.</param>
    /// <param name="configure">Sets the options that all trials share, such as the model and the number of new tokens.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.AutoML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView texts = mlContext.Data.LoadFromEnumerable(
    /// [
    ///     new Example("The road ran along the edge of", " the wood for a mile or more."),
    ///     new Example("It was late in the evening when", " they came to the river."),
    /// ]);
    ///
    /// SweepableEstimator writer = mlContext.Auto().DiffusionGenerate("Story", "Prompt", configure: options => options.MaxNewTokens = 8);
    /// var runner = new GenerationTrialRunner(mlContext, writer, texts, promptColumnName: "Prompt", textColumnName: "Text");
    /// TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
    /// Console.WriteLine(runner.Report.ToMarkdown());
    /// // Prints a table of the two trials: their settings and their distance to the real texts.
    ///
    /// record Example(string Prompt, string Text);
    /// ]]></code>
    /// </example>
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

    /// <summary>
    /// Creates a sweepable estimator that trains a model by masked diffusion; the sweep is over the training settings.
    /// </summary>
    /// <seealso cref="DiffusionCatalog.MaskedDiffusion(TransformsCatalog.TextTransforms, MaskedDiffusionEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The output column of the transformer.</param>
    /// <param name="promptColumnName">The column with the prompts.</param>
    /// <param name="textColumnName">The column with the training texts.</param>
    /// <param name="space">The search space; null for all of <see cref="MaskedDiffusionSpace"/>.</param>
    /// <param name="configure">
    /// Sets the options that all trials share, such as the model and the share of the texts that is held out for validation.
    /// </param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.AutoML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView texts = mlContext.Data.LoadFromEnumerable(
    ///     Enumerable.Range(1, 20).Select(i => new Example($"Question {i}:", $" How much is {i} and {i}?")));
    ///
    /// SweepableEstimator trainer = mlContext.Auto().MaskedDiffusion("Story", configure: options => options.ValidationFraction = 0.2);
    /// var runner = new FineTuningTrialRunner(mlContext, trainer, texts);
    /// TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
    /// Console.WriteLine(runner.Report.ToMarkdown());
    /// // Prints a table of the two trials: their settings and their validation bound.
    ///
    /// record Example(string Prompt, string Text);
    /// ]]></code>
    /// </example>
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

    /// <summary>
    /// Creates a sweepable estimator that fine-tunes a model to classify texts; the sweep is over the training settings.
    /// </summary>
    /// <seealso cref="BertSequenceCatalog.BertTextClassification(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertTextClassificationEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the classes: a key.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the classes.</param>
    /// <param name="outputColumnName">The output column for the predicted class.</param>
    /// <param name="sentence1ColumnName">The column with the texts.</param>
    /// <param name="sentence2ColumnName">The column with the second texts; null if the inputs are single texts.</param>
    /// <param name="space">The search space; null for all of <see cref="TextClassificationSpace"/>.</param>
    /// <param name="configure">Sets the options that all trials share, such as the model and the validation rows.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.AutoML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView texts = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i =>
    ///     i % 2 == 0 ? new Sentence($"Ship {i} sailed the sea.", "sea") : new Sentence($"Horse {i} ran along the road.", "land")));
    /// IDataView data = mlContext.Transforms.Conversion.MapValueToKey("Label", "Place").Fit(texts).Transform(texts);
    ///
    /// SweepableEstimator trainer = mlContext.Auto().BertTextClassification(configure: options => options.ValidationFraction = 0.2);
    /// var runner = new FineTuningTrialRunner(mlContext, trainer, data);
    /// TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
    /// Console.WriteLine(runner.Report.ToMarkdown());
    /// // Prints a table of the two trials: their settings and their validation accuracy.
    ///
    /// record Sentence(string Sentence1, string Place);
    /// ]]></code>
    /// </example>
    public static SweepableEstimator BertTextClassification(
        this AutoCatalog catalog, string labelColumnName = "Label", string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence1", string? sentence2ColumnName = null, SearchSpace<TextClassificationSpace>? space = null,
        Action<BertTextClassificationEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, shared => values.ToOptions(shared.Model)),
                (context, options) =>
                {
                    (options.LabelColumnName, options.ScoreColumnName, options.OutputColumnName) =
                        (labelColumnName, scoreColumnName, outputColumnName);
                    (options.Sentence1ColumnName, options.Sentence2ColumnName) = (sentence1ColumnName, sentence2ColumnName);
                    return context.MulticlassClassification.Trainers.BertTextClassification(options);
                }),
            space ?? new SearchSpace<TextClassificationSpace>());
    }

    /// <summary>
    /// Creates a sweepable estimator that fine-tunes a model for question answering; the sweep is over the training settings.
    /// </summary>
    /// <seealso cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertQuestionAnsweringEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="contextColumnName">The column with the contexts, which are the texts that may hold the answers.</param>
    /// <param name="questionColumnName">The column with the questions.</param>
    /// <param name="trainingAnswerColumnName">The column with the training answers.</param>
    /// <param name="answerIndexColumnName">The column with the start of the answer, as a character position in the context.</param>
    /// <param name="predictedAnswerColumnName">The output column for the answers.</param>
    /// <param name="scoreColumnName">The output column for the probabilities of the answers.</param>
    /// <param name="space">The search space; null for all of <see cref="QuestionAnsweringSpace"/>.</param>
    /// <param name="configure">Sets the options that all trials share, such as the model and the validation rows.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.AutoML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(
    ///     i => new Example($"Anna was {20 + i} years old.", "How old was Anna?", $"{20 + i}", 9)));
    ///
    /// SweepableEstimator trainer = mlContext.Auto().BertQuestionAnswering(configure: options => options.ValidationFraction = 0.2);
    /// var runner = new FineTuningTrialRunner(mlContext, trainer, data);
    /// TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
    /// Console.WriteLine(runner.Report.ToMarkdown());
    /// // Prints a table of the two trials: their settings and their validation F1.
    ///
    /// record Example(string Context, string Question, string TrainingAnswer, int AnswerIndex);
    /// ]]></code>
    /// </example>
    public static SweepableEstimator BertQuestionAnswering(
        this AutoCatalog catalog, string contextColumnName = "Context", string questionColumnName = "Question",
        string trainingAnswerColumnName = "TrainingAnswer",
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

    /// <summary>
    /// Creates a sweepable estimator that fine-tunes a model for named entity recognition; the sweep is over the training settings.
    /// </summary>
    /// <seealso cref="NamedEntityCatalog.BertNamedEntityRecognition(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertNamedEntityRecognitionEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the label of each word.</param>
    /// <param name="outputColumnName">The output column for the predicted labels.</param>
    /// <param name="sentence1ColumnName">The column with the texts, or with their words.</param>
    /// <param name="space">The search space; null for all of <see cref="NamedEntitySpace"/>.</param>
    /// <param name="configure">Sets the options that all trials share, such as the model and the validation rows.</param>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.AutoML;
    /// using Microsoft.ML.Diffusion;
    ///
    /// var mlContext = new MLContext(seed: 1);
    /// string[] cities = ["Rome", "Paris", "London", "Bath"];
    /// IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(
    ///     i => new Text($"Ann left {cities[i % 4]} .", ["B-PER", "O", "B-LOC", "O"])));
    ///
    /// SweepableEstimator trainer = mlContext.Auto().BertNamedEntityRecognition(configure: options => options.ValidationFraction = 0.2);
    /// var runner = new FineTuningTrialRunner(mlContext, trainer, data);
    /// TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
    /// Console.WriteLine(runner.Report.ToMarkdown());
    /// // Prints a table of the two trials: their settings and their validation F1.
    ///
    /// record Text(string Sentence, string[] Label);
    /// ]]></code>
    /// </example>
    public static SweepableEstimator BertNamedEntityRecognition(
        this AutoCatalog catalog, string labelColumnName = "Label", string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence",
        SearchSpace<NamedEntitySpace>? space = null, Action<BertNamedEntityRecognitionEstimator.Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateSweepableEstimator(
            (trial, values) => OfTrainer(
                trial, Configured(configure, shared => values.ToOptions(shared.Model)),
                (context, options) =>
                {
                    (options.LabelColumnName, options.OutputColumnName, options.Sentence1ColumnName) =
                        (labelColumnName, outputColumnName, sentence1ColumnName);
                    return context.MulticlassClassification.Trainers.BertNamedEntityRecognition(options);
                }),
            space ?? new SearchSpace<NamedEntitySpace>());
    }

    /// <summary>The options of a trial: the swept values, overridden by the options that all trials share.</summary>
    private static TOptions Configured<TOptions>(Action<TOptions>? configure, Func<TOptions, TOptions> make)
        where TOptions : new()
    {
        var shared = new TOptions();
        configure?.Invoke(shared);
        TOptions options = make(shared);
        configure?.Invoke(options);
        return options;
    }

    /// <summary>The estimator that a trial fits; the trial observes its training and can cancel it.</summary>
    private static TrialEstimator<TModel> OfTrainer<TOptions, TModel>(
        MLContext trial, TOptions options, Func<MLContext, TOptions, IEstimator<ModelTransformerBase<TModel>>> make)
        where TOptions : TrainerOptions where TModel : EncoderWithHead
    {
        options.Progress = TrialScope.Of(trial).ObserverAnd(options.Progress);
        return new(trial, context => make(context, options), token => options.CancellationToken = token, options.CancellationToken);
    }
}
