using System.CommandLine;
using ClassifyText;
using Microsoft.ML.Diffusion;

var data = new Option<FileInfo?>("--data") { Description =
    "A file of questions like TREC.train (\"LOC:city What city …\"); without it, questions that the example makes." };
var epochs = new Option<double?>("--epochs") { Description =
    "The number of passes over the questions; by default 3 for a file, 6 for made questions." };
var model = new Option<DirectoryInfo?>("--model") { Description = "A Hugging Face directory; without it, the embedded model." };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same model.", DefaultValueFactory = _ => 1 };
var root = new RootCommand("Trains a model to recognize what questions ask for, measures it, saves it, loads it again and asks it.")
{
    data, epochs, model, seed
};
root.SetAction(result =>
{
    try
    {
        FileInfo? file = result.GetValue(data);
        Classification.Run(
            file is null ? Questions.Make() : Questions.Read(file.FullName),
            result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName) : EncoderModel.Default,
            result.GetValue(epochs) ?? (file is null ? 6 : 3), result.GetValue(seed));
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or NotSupportedException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return root.Parse(args).Invoke();
