using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train answer</c>: the answers to questions in texts.</summary>
internal sealed class TrainAnswerCommand : TrainTaskCommand
{
    private readonly Option<bool> _noAnswer = new("--no-answer")
    {
        Description = "A text may hold no answer. The default is to look whether the examples have such questions.",
    };

    public TrainAnswerCommand(Terminal terminal) : base(
        terminal, "answer", "Trains a model that finds the answers to questions in texts.",
        "The examples: a SQuAD file (.json), or .csv, .tsv or .jsonl with the columns context, question and answer.",
        "train answer --data train-v1.1.json --validation dev-v1.1.json --output answers.zip") => Complete(_noAnswer);

    protected override IDataView Read(MLContext mlContext, ParseResult result, string path, bool isTraining)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no file '{path}'. Check the path.");
        if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
            return mlContext.Data.LoadFromSquad(path);
        Table table = TableFile.Open(path);
        List<string[]> rows = table.Read(table.Find("context"), table.Find("question"), table.Find("answer"));
        if (rows.Count == 0)
            throw new InputException($"'{path}' has the names of columns and no rows; expected examples.");
        return mlContext.Data.LoadFromEnumerable(rows.Select(row => ToRow(path, row)));
    }

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new BertQuestionAnsweringEstimator.Options();
        options.AllowNoAnswer = result.GetValue(_noAnswer) ||
            data.GetColumn<string>(options.TrainingAnswerColumnName).Any(string.IsNullOrEmpty);
        fill(options);
        return new TaskTrainer<BertQuestionAnsweringTransformer, TaskModel>(
            mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options),
            TableView.Empty(options.ContextColumnName, options.QuestionColumnName).Schema);
    }

    private static SquadRow ToRow(string path, string[] row)
    {
        int start = row[2].Length == 0 ? -1 : row[0].IndexOf(row[2], StringComparison.Ordinal);
        if (start < 0 && row[2].Length > 0)
        {
            throw new InputException(
                $"'{path}' has the answer {TextForms.Quote(row[2])} to {TextForms.Quote(row[1])}, which its context does not contain; " +
                    "expected a part of the context, to the letter.");
        }
        return new SquadRow
        {
            Context = row[0], Question = row[1], TrainingAnswer = row[2], AnswerIndex = start, Answers = row[2].Length > 0 ? [row[2]] : [],
        };
    }
}
