using System.CommandLine;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Evaluations;
using Microsoft.ML.Diffusion.Tool.Inspection;
using Microsoft.ML.Diffusion.Tool.Models;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Commands;

/// <summary><c>inspect</c>: what a directory or a .zip is, and what it can do.</summary>
internal sealed class InspectCommand : ToolCommand
{
    public InspectCommand(Terminal terminal) : base(
        "inspect", "Says what a model is: its family, sizes, head and tokenizer, what it can do, and what of it is not supported.",
        "inspect DIR",
        "inspect sentiment.zip --json")
    {
        var path = new Argument<string?>("path")
        {
            HelpName = "PATH", Description = "A directory or a .zip; without it, the embedded model.", Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Writes one line of JSON." };
        Arguments.Add(path);
        Add(json);
        Run((result, cancellationToken) =>
        {
            string? given = result.GetValue(path);
            if (given is not null)
                ModelPath.CheckExists(given);
            IReadOnlyList<Field> found = given is null ? DirectoryInspection.Describe(EncoderModel.Default, cancellationToken)
                : ModelPath.IsZip(given) ? ZipInspection.Describe(given, cancellationToken)
                : DirectoryInspection.Describe(given, cancellationToken);
            if (result.GetValue(json))
                terminal.Output.WriteLine(JsonLinesWriter.ToJson(WithPlainNames(found)));
            else
                MeasureTable.Write(terminal.Output, found);
            terminal.Output.Flush();
            return found.Any(field => field.Name == DirectoryInspection.Problem) ? ExitCodes.Failure : ExitCodes.Success;
        });
    }

    /// <summary>The names as programs have them, without spaces.</summary>
    private static Field[] WithPlainNames(IReadOnlyList<Field> fields) => [.. fields.Select(field => new Field(
        field.Name.Replace(' ', '_'), field.Value is IReadOnlyList<Field> inner ? WithPlainNames(inner) : field.Value))];
}
