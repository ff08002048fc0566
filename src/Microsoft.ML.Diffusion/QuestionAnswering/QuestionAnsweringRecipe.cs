using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>Trains a model to find answers to questions in texts.</summary>
internal sealed class QuestionAnsweringRecipe : ITrainingRecipe<BertQuestionAnsweringTransformer, TaskModel>
{
    private static readonly TaskConfiguration s_head = new(TaskKind.QuestionAnswering, ["start", "end"]);

    private readonly TrainerSetup _setup;
    private readonly QuestionAnsweringColumns _columns;
    private readonly string _answerColumn, _answerIndexColumn;
    private readonly QuestionWindowOptions _windows;
    private readonly SpanDecoderOptions _decoder;
    private readonly bool _findsThreshold;
    private readonly int _topK;

    /// <summary>Checks the options.</summary>
    public QuestionAnsweringRecipe(TrainerSetup setup)
    {
        var options = (BertQuestionAnsweringEstimator.Options)setup.Options;
        ColumnNames.Check(setup.Host, options.TrainingAnswerColumnName, nameof(options.TrainingAnswerColumnName),
            "the column with the training answers");
        ColumnNames.Check(setup.Host, options.AnswerIndexColumnName, nameof(options.AnswerIndexColumnName),
            "the column with the start of the answers");
        (_setup, _columns, _answerColumn, _answerIndexColumn) =
            (setup, options.ToColumns(setup.Host), options.TrainingAnswerColumnName, options.AnswerIndexColumnName);
        (_windows, _decoder) = (options.ToWindows(setup.Model), options.ToDecoder(setup.Host));
        (_findsThreshold, _topK) = (options.AllowNoAnswer && options.NoAnswerThreshold is null, options.TopK);
    }

    /// <summary>Finds the columns of contexts, questions, answers and the answers' starts.</summary>
    public IEnumerable<DataViewSchema.Column> FindColumns(DataViewSchema schema)
    {
        IHost host = _setup.Host;
        IReadOnlyList<DataViewSchema.Column> inputs = _columns.FindInputs(host, schema);
        DataViewSchema.Column answer = TextColumns.Find(host, schema, _answerColumn, "training answer");
        if (schema.GetColumnOrNull(_answerIndexColumn) is not DataViewSchema.Column index)
            throw host.ExceptSchemaMismatch(nameof(schema), "answer index", _answerIndexColumn);
        if (index.Type != NumberDataViewType.Int32)
            throw host.ExceptSchemaMismatch(nameof(schema), "answer index", _answerIndexColumn, "Int32", index.Type.ToString()!);
        return [.. inputs, answer, index];
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        IHost host = _setup.Host;
        _columns.CheckInputs(host, inputSchema);
        TextColumns.Check(host, inputSchema, _answerColumn, "training answer");
        if (!inputSchema.TryFindColumn(_answerIndexColumn, out SchemaShape.Column index))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "answer index", _answerIndexColumn);
        if (index.ItemType != NumberDataViewType.Int32 || index.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "answer index", _answerIndexColumn, "Int32", index.GetTypeString());
        return _columns.AddTo(inputSchema);
    }

    public TrainingJob<BertQuestionAnsweringTransformer, TaskModel> NewJob(IDataView input) => new Job(this);

    private sealed class Job(QuestionAnsweringRecipe recipe) : TrainingJob<BertQuestionAnsweringTransformer, TaskModel>
    {
        private readonly QuestionExamples _examples = new(recipe._setup.Model.Tokenizer, recipe._windows, recipe._decoder.AllowNoAnswer);
        private readonly List<GoldQuestion> _heldOut = [];

        public override string Summary =>
            $"{_examples.Questions} questions in {_examples.Sequences.Count} windows of {_examples.Sequences.TokenCount} " +
                "tokens for training"
            + $" ({_examples.SplitContexts} contexts take several windows, {_examples.Unanswerable} questions have no answer), " +
                $"{_heldOut.Count} held out";

        public override Action<bool> MakeReader(DataViewRow row, bool isValidation)
        {
            DataViewSchema.Column[] columns = [.. recipe.FindColumns(row.Schema)];
            ValueGetter<ReadOnlyMemory<char>>[] getTexts = [.. columns[..3].Select(row.GetGetter<ReadOnlyMemory<char>>)];
            ValueGetter<int> getIndex = row.GetGetter<int>(columns[3]);
            var texts = new ReadOnlyMemory<char>[3];
            int index = default;
            string context = "";
            return isHeldOut =>
            {
                for (int i = 0; i < texts.Length; i++)
                    getTexts[i](ref texts[i]);
                getIndex(ref index);
                // Many questions may share one context, which is kept once.
                if (!texts[0].Span.SequenceEqual(context))
                    context = texts[0].ToString();
                var asked = new AskedQuestion(context, texts[1].ToString());
                string answer = texts[2].ToString();
                if (!isHeldOut)
                    _examples.Add(asked, answer, index);
                else if (answer.Length > 0 || recipe._decoder.AllowNoAnswer)
                    _heldOut.Add(new GoldQuestion(asked, answer.Length > 0 ? [answer] : []));
            };
        }

        public override void EndRead(long rows, bool isValidation, IChannel channel)
        {
            if (isValidation)
                return;
            (string context, string answer, string index) = (recipe._columns.Context, recipe._answerColumn, recipe._answerIndexColumn);
            FineTuning.Warn(channel, _examples.MisplacedAnswers,
                $"rows were left out because their '{answer}' is not in the '{context}' at '{index}', which counts UTF-16 " +
                "characters from 0");
            FineTuning.Warn(channel, _examples.AnswersInNoWindow,
                "rows were left out because no window holds the whole answer; raise StrideOverlap to the number of tokens in " +
                "the longest answer");
            FineTuning.Warn(channel, _examples.UnwantedQuestions,
                $"rows were left out because their '{answer}' is empty; set AllowNoAnswer to train on contexts without an answer");
            FineTuning.Warn(channel, _examples.EmptyTexts, "rows were left out because the question or the context is empty");
            FineTuning.Warn(channel, _examples.CutQuestions,
                $"questions are longer than MaxQuestionTokens, {recipe._windows.MaxQuestionTokens}, and their ends are not read");
            FineTuning.Warn(channel, _examples.LoneSurrogates, "lone surrogates were read as U+FFFD");
            if (_examples.Questions == 0)
            {
                throw FineTuning.NothingToLearn(
                    recipe._setup.Host, "input", rows,
                    $"a text in '{context}', a question in '{recipe._columns.Question}' and an answer in '{answer}'",
                    $"of the rows, {_examples.MisplacedAnswers} have an answer that is not in the context at '{index}',"
                    + $" {_examples.UnwantedQuestions} have none,"
                    + $" {_examples.AnswersInNoWindow} have one longer than two windows share, {_examples.EmptyTexts} have an empty " +
                        "question or context,"
                    + $" and {_heldOut.Count} are held out. Correct the data, or the names of its columns.");
            }
        }

        public override TaskModel LoadModel(Engine engine, IChannel channel, CancellationToken cancellationToken) =>
            recipe._setup.Model.Source.LoadForTask(
            s_head, engine, recipe._setup.Training.Seed, dropout: recipe._setup.Options.DropoutRate, cancellationToken: cancellationToken);

        public override TrainingTask MakeTask(TaskModel model) =>
            new SpanExtractionTask(model, recipe._setup.Model.Tokenizer, _examples, recipe._decoder, _heldOut);

        public override BertQuestionAnsweringTransformer MakeTransformer(TaskModel model, TrainingReport report, IChannel channel,
            CancellationToken cancellationToken)
        {
            SpanDecoderOptions decoder = recipe._decoder;
            if (recipe._findsThreshold && _heldOut.Count > 0)
            {
                SquadThreshold best =
                    AnswerScores.Of(model, recipe._setup.Model.Tokenizer, recipe._windows, decoder, _heldOut, cancellationToken).BestF1;
                channel.Info("NoAnswerThreshold is {0:F3}, with which F1 is {1:F4} on the {2} validation rows.", best.Threshold,
                    best.Score, _heldOut.Count);
                decoder = decoder with { NoAnswerThreshold = best.Threshold };
            }
            return new BertQuestionAnsweringTransformer(
                recipe._setup.Host, SharedModel<TaskModel>.Share(model), recipe._setup.Model.Tokenizer, recipe._columns, recipe._windows,
                decoder, recipe._topK, report);
        }
    }
}
