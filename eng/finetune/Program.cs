using System.CommandLine;
using Microsoft.ML.Diffusion.FineTune;

var root = new RootCommand("Fine-tunes encoders for tasks on real data, through the product's own path, and measures them beside baselines.")
{
    SquadCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
