using Microsoft.ML.Diffusion.Tool;
using Microsoft.ML.Diffusion.Tool.Terminals;

return await ToolProgram.RunAsync(args, Terminal.OfTheProcess());
