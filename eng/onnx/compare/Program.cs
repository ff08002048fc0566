using System.CommandLine;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.CompareOnnx;

var root = new RootCommand("Models as ONNX files beside this library's engine; each result is a line of JSON.")
{
    SentencesCommand.Create(),
    LabelsCommand.Create(),
    SpeedCommand.Create(),
};
return await CommandRunner.RunAsync(root, args);
