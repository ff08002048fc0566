using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that teaches an encoder to find answers to questions in texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType): contexts, questions and answers; [Int32](xref:Microsoft.ML.Data.NumberDataViewType): where answers start. The transformer needs the contexts and questions only |
/// | Output column data type | Variable-sized vectors: the answers ([Text](xref:Microsoft.ML.Data.TextDataViewType)), their probabilities ([Single](xref:Microsoft.ML.Data.NumberDataViewType)) and where they start ([Int32](xref:Microsoft.ML.Data.NumberDataViewType)); and the no-answer margin, a Single |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Two numbers are learned for each token: how well an answer would start there, and end there (Devlin et al., BERT, 2018). A context
/// that is too long is read in windows that overlap, so none is cut, whatever its length; an answer is a run of the context's own
/// characters. A question that is longer than MaxQuestionTokens is read without its end, counted and warned of.
///
/// A row whose TrainingAnswer is empty says that its context holds no answer: it is learned from where AllowNoAnswer is set, else left
/// out, counted and warned of. So is a row whose answer does not stand in its context at AnswerIndex.
///
/// The same data, options and seed give the same model, whatever the number of threads.
/// ]]></format>
/// </remarks>
/// <seealso cref="QuestionAnsweringCatalog.BertQuestionAnswering"/>
public sealed class BertQuestionAnsweringEstimator : IEstimator<BertQuestionAnsweringTransformer>
{
    private static readonly TaskConfiguration s_head = new(TaskKind.QuestionAnswering, ["start", "end"]);

    private readonly IHost _host;
    private readonly EncoderModel _model;
    private readonly QuestionAnsweringColumns _columns;
    private readonly string _answerColumn;
    private readonly string _answerIndexColumn;
    private readonly QuestionWindowOptions _windows;
    private readonly SpanDecoderOptions _decoder;
    private readonly bool _findsThreshold;
    private readonly int _topK;
    private readonly double? _dropout;
    private readonly int _threads;
    private readonly int _seed;
    private readonly TrainingOptions _training;
    private readonly double _usualRate;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly FineTuningOptions _given; // the caller's own object, whose token is read when Fit is called
    private readonly IDataView? _validationSet;
    private readonly double _validationFraction;

    internal BertQuestionAnsweringEstimator(
        IHostEnvironment env, QuestionAnsweringColumns columns, string trainingAnswerColumnName, string answerIndexColumnName, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        columns.Check(env);
        env.CheckNonWhiteSpace(trainingAnswerColumnName, nameof(trainingAnswerColumnName));
        env.CheckNonWhiteSpace(answerIndexColumnName, nameof(answerIndexColumnName));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        MLNetVersion.Check(env);
        _host = env.Register(nameof(BertQuestionAnsweringEstimator));
        EngineChoice.Check(_host, options.Threads);
        (_columns, _answerColumn, _answerIndexColumn, _model) = (columns, trainingAnswerColumnName, answerIndexColumnName, options.Model);
        _seed = FineTuning.SeedOf(_host, options.Seed, options.CheckpointDirectory);
        _usualRate = options.UsualRate(EncoderCheckpoint.ReadConfiguration(options.Model.Files).HiddenSize);
        _training = options.ToTrainingOptions(_host, _seed);
        _progress = options.Progress;
        _given = options;
        _windows = options.ToWindows();
        _decoder = options.ToDecoder(_host);
        (_findsThreshold, _topK, _dropout, _threads) = (options.AllowNoAnswer && options.NoAnswerThreshold is null, options.TopK, options.DropoutRate, options.Threads);
        (_validationSet, _validationFraction) = (options.ValidationSet, options.ValidationFraction);
        if (_validationSet is not null)
            FindColumns(_validationSet.Schema);
    }

    /// <summary>Learns from the columns of contexts, questions and answers.</summary>
    /// <param name="input">The data; read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    /// <exception cref="ArgumentException">There is nothing to learn from.</exception>
    /// <exception cref="Checkpoints.CheckpointException">The model cannot be read.</exception>
    /// <exception cref="ArithmeticException">The training diverged.</exception>
    /// <exception cref="OperationCanceledException">
    /// The options' token, or the context, was cancelled; nothing is left of the training but its snapshots.
    /// </exception>
    public BertQuestionAnsweringTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        FindColumns(input.Schema);
        return FineTuning.Fit<BertQuestionAnsweringTransformer, TaskModel>(
            _host, nameof(BertQuestionAnsweringEstimator), _training, (channel, stop) => Fit(input, channel, stop), _given.CancellationToken);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(_host, inputSchema, _columns.Context, "context");
        TextColumns.Check(_host, inputSchema, _columns.Question, "question");
        TextColumns.Check(_host, inputSchema, _answerColumn, "training answer");
        if (!inputSchema.TryFindColumn(_answerIndexColumn, out SchemaShape.Column index))
            throw _host.ExceptSchemaMismatch(nameof(inputSchema), "answer index", _answerIndexColumn);
        if (index.ItemType != NumberDataViewType.Int32 || index.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw _host.ExceptSchemaMismatch(nameof(inputSchema), "answer index", _answerIndexColumn, "Int32", index.GetTypeString());
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(column => column.Name);
        foreach (DataViewSchema.DetachedColumn added in _columns.Added)
        {
            columns[added.Name] = added.Type is VectorDataViewType vector
                ? new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.VariableVector, vector.ItemType, isKey: false)
                : new SchemaShape.Column(added.Name, SchemaShape.Column.VectorKind.Scalar, added.Type, isKey: false);
        }
        return new SchemaShape(columns.Values);
    }

    private BertQuestionAnsweringTransformer Fit(IDataView input, IChannel channel, CancellationToken cancellationToken)
    {
        var examples = new QuestionExamples(_model.Tokenizer, _windows, _decoder.AllowNoAnswer);
        var heldOut = new List<GoldQuestion>();
        long rows = Read(input, examples, heldOut, cancellationToken);
        if (_validationSet is not null)
            Read(_validationSet, examples: null, heldOut, cancellationToken);
        Report(rows, examples, heldOut.Count, channel);
        TaskModel model = _model.LoadForTask(s_head, EngineChoice.Of(_host, _threads), _training.Seed, dropout: _dropout, cancellationToken: cancellationToken);
        try
        {
            model.PrepareForTraining(cancellationToken);
            channel.Info("{0} parameters; {1}.", model.Parameters.Length, model.Engine.Name);
            var task = new SpanExtractionTask(model, _model.Tokenizer, examples, _decoder, heldOut);
            TrainingReport report = FineTuning.Run(
                _host, nameof(QuestionAnsweringCatalog.BertQuestionAnswering), channel, model, task, _training, _usualRate, _progress, cancellationToken);
            model.PrepareForInference();
            SpanDecoderOptions decoder = _decoder;
            if (_findsThreshold && heldOut.Count > 0)
            {
                SquadThreshold best = AnswerScores.Of(model, _model.Tokenizer, _windows, _decoder, heldOut, cancellationToken).BestF1;
                channel.Info("NoAnswerThreshold is {0:F3}, with which F1 is {1:F4} on the {2} validation rows.", best.Threshold, best.Score, heldOut.Count);
                decoder = _decoder with { NoAnswerThreshold = best.Threshold };
            }
            return new BertQuestionAnsweringTransformer(
                _host, SharedModel<TaskModel>.Share(model), _model.Tokenizer, _columns, _windows, decoder, _topK, report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private DataViewSchema.Column[] FindColumns(DataViewSchema schema)
    {
        DataViewSchema.Column context = TextColumns.Find(_host, schema, _columns.Context, "context");
        DataViewSchema.Column question = TextColumns.Find(_host, schema, _columns.Question, "question");
        DataViewSchema.Column answer = TextColumns.Find(_host, schema, _answerColumn, "training answer");
        if (schema.GetColumnOrNull(_answerIndexColumn) is not DataViewSchema.Column index)
            throw _host.ExceptSchemaMismatch(nameof(schema), "answer index", _answerIndexColumn);
        if (index.Type != NumberDataViewType.Int32)
            throw _host.ExceptSchemaMismatch(nameof(schema), "answer index", _answerIndexColumn, "Int32", index.Type.ToString()!);
        return [context, question, answer, index];
    }

    /// <summary>Reads rows to learn from and rows that are held out of them; or, without examples, rows to measure on.</summary>
    /// <returns>How many there are.</returns>
    private long Read(IDataView data, QuestionExamples? examples, List<GoldQuestion> heldOut, CancellationToken cancellationToken)
    {
        DataViewSchema.Column[] columns = FindColumns(data.Schema);
        ulong key = FineTuning.HoldOutKey(_seed);
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        ValueGetter<ReadOnlyMemory<char>>[] getTexts = [.. columns[..3].Select(cursor.GetGetter<ReadOnlyMemory<char>>)];
        ValueGetter<int> getIndex = cursor.GetGetter<int>(columns[3]);
        var texts = new ReadOnlyMemory<char>[3];
        int index = default;
        string context = "";
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < texts.Length; i++)
                getTexts[i](ref texts[i]);
            getIndex(ref index);
            // Many questions ask about one context, which is kept once.
            if (!texts[0].Span.SequenceEqual(context))
                context = texts[0].ToString();
            var asked = new AskedQuestion(context, texts[1].ToString());
            string answer = texts[2].ToString();
            if (examples is not null && !FineTuning.HoldsOut(key, row, _validationFraction))
                examples.Add(asked, answer, index);
            else if (answer.Length > 0 || _decoder.AllowNoAnswer)
                heldOut.Add(new GoldQuestion(asked, answer.Length > 0 ? [answer] : []));
        }
        return row;
    }

    private void Report(long rows, QuestionExamples examples, int heldOut, IChannel channel)
    {
        FineTuning.Warn(channel, examples.MisplacedAnswers, $"rows were left out, as the '{_answerColumn}' does not stand in the '{_columns.Context}' at '{_answerIndexColumn}', counted in UTF-16 characters from 0");
        FineTuning.Warn(channel, examples.AnswersInNoWindow, "rows were left out, as no window holds the whole answer; raise StrideOverlap to the longest answer's tokens");
        FineTuning.Warn(channel, examples.UnwantedQuestions, $"rows were left out, as the '{_answerColumn}' is empty; set AllowNoAnswer to learn that a context may hold no answer");
        FineTuning.Warn(channel, examples.EmptyTexts, "rows were left out, as the question or the context is empty");
        FineTuning.Warn(channel, examples.CutQuestions, $"questions are longer than MaxQuestionTokens, {_windows.MaxQuestionTokens}, and their ends are not read");
        FineTuning.Warn(channel, examples.LoneSurrogates, "lone surrogates were read as U+FFFD");
        if (examples.Questions == 0)
        {
            throw FineTuning.NothingToLearn(
                _host, "input", rows, $"a text in '{_columns.Context}', a question in '{_columns.Question}' and an answer in '{_answerColumn}'",
                $"of the rows, {examples.MisplacedAnswers} have an answer that does not stand in the context at '{_answerIndexColumn}',"
                + $" {examples.UnwantedQuestions} have none,"
                + $" {examples.AnswersInNoWindow} have one longer than two windows share, {examples.EmptyTexts} have an empty question or context,"
                + $" and {heldOut} are held out. Correct the data, or the names of its columns.");
        }
        channel.Info(
            "{0} questions in {1} windows of {2} tokens to learn from ({3} contexts take several windows, {4} questions have no answer), {5} held out.",
            examples.Questions, examples.Sequences.Count, examples.Sequences.TokenCount, examples.SplitContexts, examples.Unanswerable, heldOut);
    }

    /// <summary>How the model is taught, and how its transformer answers.</summary>
    public sealed class Options : FineTuningOptions
    {
        private const int UsualMaxTokens = 384;

        /// <summary>The column that is added with the characters where the answers start.</summary>
        public string AnswerStartColumnName { get; set; } = "AnswerStart";

        /// <summary>The column that is added with the no-answer margin.</summary>
        public string NoAnswerMarginColumnName { get; set; } = "NoAnswerMargin";

        /// <summary>The most answers of a row.</summary>
        public int TopK { get; set; } = 3;

        /// <summary>The longest window, special tokens included; 0 for the longest that the model takes, but no more than 384.</summary>
        public int MaxTokens { get; set; }

        /// <summary>
        /// How many of the context's tokens a window shares with the next. (Google's <c>doc_stride</c> is something else: by how much a
        /// window advances.)
        /// </summary>
        public int StrideOverlap { get; set; } = 128;

        /// <summary>The tokens of a question that are read.</summary>
        public int MaxQuestionTokens { get; set; } = 64;

        /// <summary>The longest answer, in tokens.</summary>
        public int MaxAnswerTokens { get; set; } = 30;

        /// <summary>How many starts and ends of a window are combined, and how many candidates share the probability.</summary>
        public int NBest { get; set; } = 20;

        /// <summary>Whether a context may hold no answer (SQuAD v2.0): rows with an empty answer are learned from, and "" is one of the candidates.</summary>
        public bool AllowNoAnswer { get; set; }

        /// <summary>
        /// No answer is predicted where its score exceeds the best text's by more than this; null for what is best on the validation rows,
        /// or 0 where there are none.
        /// </summary>
        public double? NoAnswerThreshold { get; set; }

        internal QuestionWindowOptions ToWindows()
        {
            EncoderConfiguration configuration = EncoderCheckpoint.ReadConfiguration(Model.Files);
            if (MaxTokens < 0 || MaxTokens > configuration.MaxLength)
                throw new ArgumentException($"MaxTokens is {MaxTokens}; expected at most the {configuration.MaxLength} tokens that the model takes, or 0.", nameof(MaxTokens));
            var windows = new QuestionWindowOptions
            {
                MaxTokens = MaxTokens == 0 ? Math.Min(UsualMaxTokens, configuration.MaxLength) : MaxTokens,
                StrideOverlap = StrideOverlap,
                MaxQuestionTokens = MaxQuestionTokens,
                SpecialTokensBetween = EncoderFamily.Of(Model.Files.OpenConfiguration()).PairSeparators,
            };
            windows.Validate();
            return windows;
        }

        internal SpanDecoderOptions ToDecoder(IExceptionContext env)
        {
            env.CheckUserArg(NBest >= 1, nameof(NBest), $"It is {NBest}; expected 1 or more");
            env.CheckUserArg(TopK >= 1 && TopK <= NBest, nameof(TopK), $"It is {TopK}; expected 1 to NBest, which is {NBest}");
            env.CheckUserArg(MaxAnswerTokens >= 1, nameof(MaxAnswerTokens), $"It is {MaxAnswerTokens}; expected 1 or more");
            env.CheckUserArg(NoAnswerThreshold is null || AllowNoAnswer, nameof(NoAnswerThreshold), $"It is {NoAnswerThreshold} and AllowNoAnswer is false; set AllowNoAnswer, or leave the threshold null");
            env.CheckUserArg(NoAnswerThreshold is null || !double.IsNaN(NoAnswerThreshold.Value), nameof(NoAnswerThreshold), "It is NaN; expected a number");
            return new SpanDecoderOptions { NBest = NBest, MaxAnswerTokens = MaxAnswerTokens, AllowNoAnswer = AllowNoAnswer, NoAnswerThreshold = NoAnswerThreshold ?? 0 };
        }
    }
}
