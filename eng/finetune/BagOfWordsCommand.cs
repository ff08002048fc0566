using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Diffusion.Tasks.Metrics;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>bag-of-words</c>: <see cref="BagOfWords"/> on the same splits.</summary>
internal static class BagOfWordsCommand
{
    public static Command Create()
    {
        var command = new Command("bag-of-words", "Logistic regression on words, and on words and pairs of them, on the same splits.");
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "The folder with the data sets.",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("..", "shared", "data"))
        };
        var c = new Option<double>("--c") { Description = "C, the inverse strength of the regularization.", DefaultValueFactory = _ => 1 };
        command.Options.Add(data);
        command.Options.Add(c);
        command.SetAction(result =>
        {
            foreach (TextSet set in TextSet.All)
            {
                (LabeledText[] learned, LabeledText[] measured) = set.Read(path => Path.Combine(result.GetValue(data)!.FullName, path));
                for (int words = 1; words <= 2; words++)
                {
                    bool bigrams = words == 2;
                    var clock = Stopwatch.StartNew();
                    var model = new BagOfWords(learned, bigrams, result.GetValue(c));
                    ConfusionMatrix counts = ClassificationCommand.Count(set, measured, measured.Select(model.Predict));
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{set.Name}, {(bigrams ? "words and pairs" : "words")} ({model.Count} features, {learned.Length} texts): " +
                            $"{ClassificationCommand.Show(counts)} on {measured.Length}, {clock.Elapsed.TotalSeconds:F0} seconds"));
                }
            }
            return 0;
        });
        return command;
    }
}
