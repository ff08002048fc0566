using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>get</c>: downloads a model from the hub.</summary>
internal sealed class GetCommand : ToolCommand
{
    public GetCommand(Terminal terminal) : base(
        "get", "Downloads a model from Hugging Face's hub, or finds it in the cache, and writes the path of its directory. Only the " +
            "files that a model needs are downloaded. A download that was interrupted is continued.",
        "get distilbert/distilbert-base-uncased-finetuned-sst-2-english",
        "get google-bert/bert-base-uncased --revision main --output bert-base-uncased")
    {
        var name = new Argument<string>("name") { HelpName = "OWNER/NAME", Description = "The model's name on the hub." };
        var revision = new Option<string>("--revision")
        {
            HelpName = "REV", Description = "A branch, a tag or a commit. A commit always names the same files.",
            DefaultValueFactory = _ => "main",
        };
        var output = new Option<string?>("--output", "-o")
        {
            HelpName = "DIR", Description = "A directory for the files, instead of the cache that Hugging Face's software shares.",
        };
        var endpoint = new Option<string?>("--endpoint")
        {
            HelpName = "URL", Description = "The address of the hub or of a mirror; the default is the variable HF_ENDPOINT, or the hub " +
                "itself. For private and gated models, set HF_TOKEN.",
        };
        var offline = new Option<bool>("--offline") { Description = "Looks in the cache only, and opens no connection." };
        Arguments.Add(name);
        Add(revision, output, endpoint, offline);
        Run((result, cancellationToken) =>
        {
            string model = result.GetValue(name)!;
            string directory = terminal.Show(model, report => ModelHub.Download(model, new HubOptions
            {
                Revision = result.GetValue(revision)!,
                OutputDirectory = result.GetValue(output),
                Endpoint = result.GetValue(endpoint),
                Offline = result.GetValue(offline) ? true : null,
                Progress = new Reports(report),
            }, cancellationToken));
            terminal.Error.WriteLine($"{TextForms.Bytes(ModelPath.Size(directory))}; diffusion-ml inspect says what the model can do.");
            terminal.Output.WriteLine(directory);
            terminal.Output.Flush();
        });
    }

    /// <summary>Passes progress on, on the thread that reports it.</summary>
    private sealed class Reports(Action<double, string> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            double share = value.TotalBytes == 0 ? 0 : (double)value.Bytes / value.TotalBytes;
            report(share, string.Create(CultureInfo.InvariantCulture,
                $"{value.File}, {TextForms.Bytes(value.Bytes)} of {TextForms.Bytes(value.TotalBytes)}"));
        }
    }
}
