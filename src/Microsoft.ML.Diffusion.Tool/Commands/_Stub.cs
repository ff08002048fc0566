using Microsoft.ML.Diffusion.Tool.Terminals;
namespace Microsoft.ML.Diffusion.Tool.Commands;
internal sealed class GetCommand(Terminal terminal) : ToolCommand("get", terminal.ToString()!);
