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
return await root.Parse(args).InvokeAsync();
