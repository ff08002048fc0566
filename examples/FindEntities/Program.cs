using System.CommandLine;
using System.Text;
using FindEntities;
using Microsoft.ML.Diffusion;

var data = new Option<DirectoryInfo?>("--data") { Description =
    "A folder with CoNLL-2003's eng.train and eng.testa; without it, a small set that the program makes." };
var sentences = new Option<int>("--sentences")
{
    Description = "The number of training sentences from the folder.", DefaultValueFactory = _ => 2000
};
var epochs = new Option<double?>("--epochs") { Description = "The number of passes over the sentences." };
var seed = new Option<int>("--seed") { Description = "The same seed gives the same model.", DefaultValueFactory = _ => 1 };
var model = new Option<DirectoryInfo?>("--model") { Description = "A Hugging Face directory; without it, the embedded model." };
var texts = new Option<string[]>("--text") { Description = "A text to find entities in; give the option again for more." };
var root = new RootCommand("Trains a model to find names of persons, places and organizations, measures it, and finds some in texts.") {
    data, sentences, epochs, seed, model, texts };
root.SetAction(result =>
{
    // Without this, a console on Windows shows names with accents as question marks.
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    try
    {
        var options = new BertNamedEntityRecognitionEstimator.Options
        {
            Model = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName)
                : EncoderModel.Default,
            Seed = result.GetValue(seed),
        };
        options.Epochs = result.GetValue(epochs) ?? options.Epochs;
        var finder = new EntityFinding(options);
        if (result.GetValue(data) is DirectoryInfo folder)
            finder.LearnFromColumnFiles(Path.Combine(folder.FullName, "eng.train"), Path.Combine(folder.FullName, "eng.testa"),
                result.GetValue(sentences));
        else
            finder.LearnFromTexts(NewsItems.Make(600, seed: 1, NewsNames.ToLearn), NewsItems.Make(100, seed: 2, NewsNames.ToMeasure));
        finder.Find(result.GetValue(texts) is { Length: > 0 } given ? given : NewsItems.Examples);
        return 0;
    }
    catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or NotSupportedException)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
});
return root.Parse(args).Invoke();
