using System.CommandLine;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train entities</c>: the named entities of texts.</summary>
internal sealed class TrainEntitiesCommand : TrainTaskCommand
{
    private readonly Option<int?> _tagColumn = new("--tag-column")
    {
        HelpName = "N", Description = "The column with the tags, from 0; a negative one counts from the end. The default is the last.",
    };

    public TrainEntitiesCommand(Terminal terminal) : base(
        terminal, "entities", "Trains a model that finds named entities.",
        "The examples: a CoNLL file, with a word and its tag in each line and an empty line after each sentence.",
        "train entities --data names.conll --validation held-out.conll --output names.zip") => Complete(_tagColumn);

    protected override IDataView Read(MLContext mlContext, ParseResult result, string path, bool isTraining)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no file '{path}'. Check the path.");
        return mlContext.Data.LoadFromConll(path,
            result.GetValue(_tagColumn) is int column ? new ConllOptions { TagColumn = column } : null);
    }

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new BertNamedEntityRecognitionEstimator.Options();
        fill(options);
        return new TaskTrainer<BertNamedEntityRecognitionTransformer, TaskModel>(
            mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options),
            TableView.Empty(options.Sentence1ColumnName).Schema);
    }
}
