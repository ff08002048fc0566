using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>answer</c>: finds the answers to questions in texts.</summary>
internal sealed class AnswerCommand : ToolCommand
{
    public AnswerCommand(Terminal terminal) : base(
        "answer", "Finds the answers to questions in texts, with a model that was trained for it.",
        "answer --model DIR --question \"Who wrote it?\" --context \"The letter was written by Ada.\"",
        "answer --model answers.zip --question \"Who wrote it?\" --context-file letter.txt --top 3",
        "answer --model answers.zip --input questions.csv --json")
    {
        var model = new ModelOption(isRequired: true);
        var input = new TextInput(terminal,
            new TextPart("question", "the questions", "A question; give the option again for more."),
            new TextPart("context", "the texts that may hold the answers", "The text that may hold the answer; one text serves all " +
                "questions.",
                MayBeFile: true));
        var top = NumberOption.Of("--top", "K", "The maximum number of answers to a question.", 1, min: 1);
        var noAnswer = new System.CommandLine.Option<bool>("--no-answer")
        {
            Description = "A text may hold no answer: for a directory whose model was trained on SQuAD 2.0. A .zip knows it.",
        };
        var output = new ResultOptions(terminal);
        var compute = new ComputeOptions(terminal, hasSeed: false);
        Add([model.Option, .. input.All, top, noAnswer, .. output.All, .. compute.All]);
        Run((result, cancellationToken) =>
        {
            string path = model.Path(result)!;
            int most = result.GetValue(top);
            if (ModelPath.IsZip(path))
                result.RefuseWithZip(path, noAnswer);
            InputRows rows = input.Read(result);
            MLContext mlContext = compute.CreateContext(result);
            var source = ModelSource.Open(mlContext, path);
            using LoadedPipeline<BertQuestionAnsweringTransformer> pipeline = TaskModels.OpenAnswering(mlContext, source, () => new()
            {
                Model = source.Encoder(), QuestionColumnName = "question", ContextColumnName = "context", TopK = most,
                NBest = Math.Max(20, most), AllowNoAnswer = result.GetValue(noAnswer),
            }, compute.Threads(result));
            pipeline.Transformer.CancellationToken = cancellationToken;
            if (most > pipeline.Transformer.TopK)
            {
                throw new UsageException(
                    $"--top is {most}, and '{path}' gives {pipeline.Transformer.TopK} answers; expected at most that. Convert it to a " +
                    "directory for more.");
            }
            AppliedRows applied = pipeline.Apply(rows,
                pipeline.Transformer.QuestionColumnName, pipeline.Transformer.ContextColumnName);
            output.Write(result, rows.Table.Name, Read(pipeline.Transformer, applied, rows, most), cancellationToken);
        });
    }

    private static IEnumerable<Result> Read(BertQuestionAnsweringTransformer transformer, AppliedRows applied, InputRows rows, int most)
    {
        DataViewSchema schema = applied.View.Schema;
        DataViewSchema.Column answer = schema[transformer.PredictedAnswerColumnName], score = schema[transformer.ScoreColumnName],
            start = schema[transformer.AnswerStartColumnName];
        return applied.Read<(string, float, int)[]>([answer, score, start], row =>
        {
            Func<string[]> getAnswers = Cells.Texts(row, answer);
            Func<float[]> getScores = Cells.Vector<float>(row, score);
            Func<int[]> getStarts = Cells.Vector<int>(row, start);
            return () => [.. getAnswers().Zip(getScores(), getStarts()).Take(most)];
        }).Select(item => ToResult(item.Input, item.Output, rows));
    }

    private static Result ToResult(string[] input, (string Answer, float Score, int Start)[] answers, InputRows rows)
    {
        Field[][] found = [.. answers.Select(answer => (Field[])
            [new("answer", answer.Answer), new("score", answer.Score), new("start", answer.Start)])];
        Field[] fields = [.. rows.Fields(input)];
        return new Result(
            string.Join(Environment.NewLine, answers.Select(answer =>
                $"{(answer.Answer.Length > 0 ? TextForms.OneLine(answer.Answer) : "(no answer)")}\t" +
                $"{TextForms.Probability(answer.Score)}\t{TextForms.OneLine(input[0])}")),
            [.. fields, new("answers", found)],
            [.. found.Select(answer => (Field[])[.. fields, .. answer])]);
    }
}
