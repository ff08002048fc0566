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
            "a .zip to a directory, each of them to an ONNX file, and an ONNX file to the others.",
        "convert --input sentiment.zip --output sentiment",
        "convert --input downloaded --output smaller --type float16",
        "convert --input sentiment --output sentiment.zip",
        "convert --input sentiment.zip --output sentiment.onnx --type int8",
        "convert --input model.onnx --tokenizer vocab.txt --output encoder")
    {
        var input = new Option<string>("--input")
        {
            HelpName = "PATH", Description = "The model: a directory, a .zip, or an .onnx.", Required = true,
        };
        var output = new Option<string>("--output", "-o")
        {
            HelpName = "PATH", Description = "The new model: a .zip or an .onnx by its extension, otherwise a directory.",
            Required = true,
        };
        var type = new Option<WeightType?>("--type")
        {
            HelpName = "float32|float16|bfloat16|int8",
            Description = "How the weights are stored: bfloat16 in a directory only, int8 in an .onnx only. The default is as they were, " +
                "or float32 in an .onnx.",
        };
        var tokenizer = new Option<string?>("--tokenizer")
        {
            HelpName = "PATH",
            Description = "The tokenizer of an .onnx: a directory, a vocab.txt or a tokenizer.json. The default is the file's directory, or " +
                "the one above, if that is named onnx.",
        };
        Add(input, output, type, tokenizer);
        Run((result, cancellationToken) =>
        {
            string from = result.GetValue(input)!, to = result.GetValue(output)!;
            bool fromOnnx = ModelPath.IsOnnx(from) && File.Exists(from), toOnnx = ModelPath.IsOnnx(to);
            if (!fromOnnx)
                ModelPath.CheckExists(from);
            if (result.GetValue(tokenizer) is not null && !fromOnnx)
                throw new UsageException($"There is --tokenizer, and '{from}' has its own. It is for an .onnx.");
            if (ModelPath.IsSame(from, to))
                throw new UsageException($"'{from}' is both --input and --output; expected another path for the new model.");
            bool toZip = OutputPath.IsZip(to);
            WeightType? stored = result.GetValue(type);
            if (toZip && stored is not null)
                throw new UsageException("There is --type and the output is a .zip, which stores the weights as they are. Convert to " +
                    "a directory first.");
            if (stored == (toOnnx ? WeightType.BFloat16 : WeightType.Int8))
                throw new UsageException(toOnnx
                    ? "An .onnx does not store bfloat16; expected --type float32, float16 or int8."
                    : "A directory does not store int8; expected --type float32, float16 or bfloat16, or an .onnx as --output.");
            OutputPath.Check(to, ModelPath.Size(from));
            if (fromOnnx)
                OnnxFiles.FromOnnx(from, result.GetValue(tokenizer),
                    folder => Convert(folder, to, toZip, toOnnx, stored, cancellationToken));
            else
                Convert(from, to, toZip, toOnnx, stored, cancellationToken);
            terminal.Output.WriteLine($"'{to}' ({Output.TextForms.Bytes(ModelPath.Size(to))})");
            terminal.Output.Flush();
        });
    }

    private static void Convert(string from, string to, bool toZip, bool toOnnx, WeightType? type, CancellationToken cancellationToken)
    {
        if (toOnnx)
            OnnxFiles.ToOnnx(from, to, type ?? WeightType.Float32, cancellationToken);
        else
            ModelConversion.Convert(
                from, to, toZip, type is WeightType stored ? Enum.Parse<ElementType>(stored.ToString()) : null, cancellationToken);
    }
}
