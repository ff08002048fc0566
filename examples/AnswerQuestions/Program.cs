using System.CommandLine;
using System.Globalization;
using System.Text;
using AnswerQuestions;
using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

var data = new Option<DirectoryInfo?>("--data") { Description =
    "The directory with SQuAD's train-v1.1.json and dev-v1.1.json; without it, the folder shared/data/squad beside the repository." };
var made = new Option<bool>("--made") { Description =
    "Uses the small set that this program makes; it is also used if SQuAD is not found." };
var model = new Option<DirectoryInfo?>("--model") { Description = "A Hugging Face directory; without it, the embedded model." };
var epochs =
    new Option<double?>("--epochs") { Description = "The number of passes over the questions; 4 for SQuAD and 3 for the small set." };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same model.", DefaultValueFactory = _ => 1 };
var root = new RootCommand("Trains a pipeline to find answers to questions in texts.") { data, made, model, epochs, seed };
root.SetAction(result =>
{
    // Without this, a console on Windows shows letters with accents as question marks.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    try
    {
        DirectoryInfo? squad = result.GetValue(made) ? null : result.GetValue(data) ?? FindSquad();
        Run(
            squad, result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName)
                : EncoderModel.Default,
            result.GetValue(epochs) ?? (squad is null ? 3 : 4), result.GetValue(seed));
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or NotSupportedException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return root.Parse(args).Invoke();

static void Run(DirectoryInfo? squad, EncoderModel model, double epochs, int seed)
{
    var mlContext = new MLContext(seed);
    mlContext.Log += (_, e) =>
    {
        if (e.Kind != ChannelMessageKind.Trace)
            Console.Error.WriteLine(e.RawMessage);
    };
    (IDataView learned, IDataView held) = squad is null
        ? (mlContext.Data.LoadFromEnumerable(MadeQuestions.Make(800, 1)), mlContext.Data.LoadFromEnumerable(MadeQuestions.Make(100, 2)))
        : (mlContext.Data.LoadFromSquad(Path.Combine(squad.FullName, "train-v1.1.json")),
            mlContext.Data.LoadFromSquad(Path.Combine(squad.FullName, "dev-v1.1.json")));
    Console.WriteLine(
        $"Learns from {learned.GetRowCount()} questions{(squad is null ? " made for this" : " of SQuAD")}, answers " +
        $"{held.GetRowCount()} others.");

    var trainer = mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(
        options: new BertQuestionAnsweringEstimator.Options
        {
            Model = model, Epochs = epochs, BatchSize = 16, StrideOverlap = 64, Seed = seed
        });
    using BertQuestionAnsweringTransformer transformer = trainer.Fit(learned);
    IDataView answered = mlContext.Data.Cache(transformer.Transform(held));

    SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(answered);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"Exact match {100 * report.Overall.ExactMatch:F1} %, F1 {100 * report.Overall.F1:F1} %."));
    foreach (Answered row in mlContext.Data.CreateEnumerable<Answered>(answered, reuseRowObject: false).Take(3))
    {
        Console.WriteLine();
        Console.WriteLine(row.Context);
        Console.WriteLine($"> {row.Question} (right: {string.Join(" | ", row.Answers.Distinct())})");
        for (int i = 0; i < row.Answer.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {100 * row.Score[i],4:F1} %  {row.Answer[i]}  (characters {row.AnswerStart[i]} to " +
                $"{row.AnswerStart[i] + row.Answer[i].Length})"));
    }
}

static DirectoryInfo? FindSquad()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        var squad = new DirectoryInfo(Path.Combine(folder.FullName, "shared", "data", "squad"));
        if (squad.Exists)
            return squad;
    }
    return null;
}
