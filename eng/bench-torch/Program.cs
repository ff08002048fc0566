using System.CommandLine;
using Microsoft.ML.Diffusion.BenchTorch;

var root = new RootCommand(
    "The TorchSharp engine beside the CPU engine; each result is a line of JSON. On libtorch's CPU, or with --device cuda on a GPU.")
{
    ConformanceCommand.Create(),
    DriftCommand.Create(),
    ParityCommand.Create(),
    MemoryCommand.Create(),
    CancelCommand.Create(),
    SpeedCommand.Create(),
    OverheadCommand.Create(),
    CheckCommand.Create(),
};
return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
