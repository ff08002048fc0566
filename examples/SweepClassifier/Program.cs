using System.CommandLine;
using ClassifyText;
using SweepClassifier;

var data = new Option<FileInfo?>("--data") { Description =
    "A file of training questions like TREC.train (\"LOC:city What city …\"); without it, questions that the example makes." };
var test = new Option<FileInfo?>("--test") { Description =
    "A file of questions that no trial sees; without it, one in five of the others." };
var learn = new Option<int?>("--learn") { Description =
    "The number of training questions from the file; without it, all that are not used for choosing." };
var validate = new Option<int?>("--validate") { Description =
    "The number of questions from the file for choosing among the trials; without it, one in five." };
var trials = new Option<int>("--trials") { Description = "The number of settings to try.", DefaultValueFactory = _ => 6 };
var epochs = new Option<int>("--epochs")
{
    Description = "The maximum number of passes of a trial over the questions.", DefaultValueFactory = _ => 4
};
var seeds = new Option<int>("--seeds")
{
    Description = "The number of seeds for comparing the best with the default.", DefaultValueFactory = _ => 1
};
var seed = new Option<int>("--seed") { Description = "The same seed gives the same trials.", DefaultValueFactory = _ => 1 };
var directory = new Option<DirectoryInfo?>("--directory") { Description =
    "Where the trials and the best model are kept: the same command continues where it stopped." };
var root = new RootCommand("Finds the settings with which a model learns best what questions ask for.")
{
    data, test, learn, validate, trials, epochs, seeds, seed, directory
};
root.SetAction(async (result, cancellationToken) =>
{
    try
    {
        Question[] questions = result.GetValue(data) is FileInfo file ? Questions.Read(file.FullName) : Questions.Make();
        Question[] unseen;
        if (result.GetValue(test) is FileInfo other)
            unseen = Questions.Read(other.FullName);
        else
            (questions, unseen) = ([.. questions.Where((_, i) => i % 5 != 0)], [.. questions.Where((_, i) => i % 5 == 0)]);
        int chosenBy = result.GetValue(validate) ?? questions.Length / 5;
        int learned = result.GetValue(learn) ?? questions.Length - chosenBy;
        if (chosenBy < 1 || learned < 1 || (long)chosenBy + learned > questions.Length)
            throw new ArgumentException(
                $"There are {questions.Length} questions; expected at least {learned} for training and {chosenBy} for choosing. Lower " +
                "--learn or --validate, to 1 or more each.");
        string? folder = result.GetValue(directory)?.FullName;
        if (folder is not null)
            Directory.CreateDirectory(folder);
        await Sweep.RunAsync(
            questions[chosenBy..(chosenBy + learned)], questions[..chosenBy], unseen,
            new SweepArguments(result.GetValue(trials), result.GetValue(epochs), result.GetValue(seeds), result.GetValue(seed), folder),
            cancellationToken);
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or NotSupportedException or TimeoutException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return await root.Parse(args).InvokeAsync();
