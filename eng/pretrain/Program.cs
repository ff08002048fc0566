using System.CommandLine;
using Microsoft.ML.Diffusion.Pretrain;

var root = new RootCommand("Teaches a small encoder to write, from nothing but a text file.")
{
    VocabularyCommand.Create(),
    TrainCommand.Create(),
    BoundCommand.Create(),
    BaselinesCommand.Create(),
    SamplesCommand.Create(),
    InfillCommand.Create(),
};
// A training that is told to end makes its step and a snapshot first.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
