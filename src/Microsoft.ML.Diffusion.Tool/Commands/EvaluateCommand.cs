using System.CommandLine;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Evaluations;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>evaluate</c>: measures a model on labeled examples.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    public EvaluateCommand(Terminal terminal) : base(
        "evaluate", "Measures a model on examples that it was not trained on: a classifier, a similarity, answers, or named entities.",
        "evaluate --model sentiment.zip --data held-out.csv --label sentiment --text review",
        "evaluate --model names.zip --data held-out.conll",
        "evaluate --model answers.zip --data dev-v2.0.json --json")
    {
        var model = new ModelOption(isRequired: true);
        var data = new Option<string>("--data")
        {
            HelpName = "FILE", Description = "The examples, of the form that train reads.", Required = true,
        };
        var label = new Option<string>("--label")
        {
            HelpName = "COLUMN", Description = "The column with the labels.", DefaultValueFactory = _ => "label",
        };
        var text = new Option<string>("--text")
        {
            HelpName = "COLUMN", Description = "The column with the texts.", DefaultValueFactory = _ => "text",
        };
        var text2 = new Option<string?>("--text2") { HelpName = "COLUMN", Description = "The column with the second texts, for pairs." };
        var separator = new Option<string>("--separator")
        {
            HelpName = "TEXT", Description = "What stands between several labels of a row.", DefaultValueFactory = _ => "|",
        };
        var noAnswer = new Option<bool>("--no-answer")
        {
            Description = "A text may hold no answer: for a directory whose model was trained on SQuAD 2.0. A .zip knows it.",
        };
        var json = new Option<bool>("--json") { Description = "Writes the measures as one line of JSON." };
        var compute = new ComputeOptions(terminal, hasSeed: false);
        Add([model.Option, data, label, text, text2, separator, noAnswer, json, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            string path = model.Path(result)!, file = result.GetValue(data)!;
            if (!File.Exists(file))
                throw new InputException($"There is no file '{file}'. Check the path.");
            MLContext mlContext = compute.CreateContext(result);
            var work = new EvaluationWork(
                terminal, mlContext, ModelSource.Open(mlContext, path), file, compute.Threads(result), cancellationToken);
            string extension = Path.GetExtension(file).ToLowerInvariant();
            EvaluationTask task = work.FindTask();
            if (task == EvaluationTask.Entities && (extension == ".json" || TableFile.NamedColumnExtensions.Contains(extension)))
                throw new InputException($"'{file}' is no CoNLL file, by its extension; expected a word and its tag in each line.");
            if (task == EvaluationTask.Answers && extension != ".json")
                throw new InputException($"'{file}' is no SQuAD file, by its extension; expected .json.");
            IReadOnlyList<Field> measures = task switch
            {
                EvaluationTask.Entities => work.Entities(),
                EvaluationTask.Answers => work.Answers(result.GetValue(noAnswer)),
                _ => work.Sequences(result.GetValue(label)!, result.GetValue(text)!, result.GetValue(text2), result.GetValue(separator)!),
            };
            if (result.GetValue(json))
                terminal.Output.WriteLine(JsonLinesWriter.ToJson(measures));
            else
                MeasureTable.Write(terminal.Output, measures);
            terminal.Output.Flush();
        });
    }
}
