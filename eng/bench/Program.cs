using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;

var root = new RootCommand("Measures speed on this machine; each result is a line of JSON.")
{
    GemmCommand.Create(),
    PrimitivesCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
