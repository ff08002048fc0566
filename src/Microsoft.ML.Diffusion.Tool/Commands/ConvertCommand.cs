using System.CommandLine;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>convert</c>: a model from one form to another.</summary>
internal sealed class ConvertCommand : ToolCommand
{
    public ConvertCommand(Terminal terminal) : base(
        "convert", "Converts a model: a directory (also with pytorch_model.bin) to a directory with safetensors or to a .zip for ML.NET, " +
            "and a .zip to a directory.",
        "convert --input sentiment.zip --output sentiment",
        "convert --input downloaded --output smaller --type float16",
        "convert --input sentiment --output sentiment.zip")
    {
        var input = new Option<string>("--input") { HelpName = "PATH", Description = "The model: a directory or a .zip.", Required = true };
        var output = new Option<string>("--output", "-o")
        {
            HelpName = "PATH", Description = "The new model: a .zip by its extension, otherwise a directory.", Required = true,
        };
        var type = new Option<ElementType?>("--type")
        {
            HelpName = "float32|float16|bfloat16", Description = "How a directory stores the weights. The default is as they were.",
        };
        Add(input, output, type);
        Run((result, cancellationToken) =>
        {
            string from = result.GetValue(input)!, to = result.GetValue(output)!;
            ModelPath.CheckExists(from);
            if (ModelPath.IsSame(from, to))
                throw new UsageException($"'{from}' is both --input and --output; expected another path for the new model.");
            bool toZip = OutputPath.IsZip(to);
            if (toZip && result.GetValue(type) is not null)
                throw new UsageException("There is --type and the output is a .zip, which stores the weights as they are. Convert to " +
                    "a directory first.");
            OutputPath.Check(to, ModelPath.Size(from));
            ModelConversion.Convert(from, to, toZip, result.GetValue(type), cancellationToken);
            terminal.Output.WriteLine($"'{to}' ({Output.TextForms.Bytes(ModelPath.Size(to))})");
            terminal.Output.Flush();
        });
    }
}
