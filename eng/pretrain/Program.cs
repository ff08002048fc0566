using System.CommandLine;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Pretrain;

var root = new RootCommand("Trains a small encoder to write, from a text file alone.")
{
    TrainCommand.Create(),
    BoundCommand.Create(),
    BaselinesCommand.Create(),
    SamplesCommand.Create(),
    InfillCommand.Create(),
};
// When the process is asked to end, the training completes its step and writes a snapshot first.
return await CommandRunner.RunAsync(root, args, terminationTimeout: TimeSpan.FromMinutes(1));
