using System.CommandLine;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Pipelines;

// What takes too long for the tests of pipelines around ONNX models.
var shared = new Argument<DirectoryInfo>("data") { Description = "The folder with data/ and data/tokenizers/." };
var agreement = new Command("agreement", "The share of texts that ONNX Runtime Extensions tokenize differently.") { shared };
agreement.SetAction(result => Agreement.Run(result.GetRequiredValue(shared)));
var rows = new Option<int>("--rows") { DefaultValueFactory = _ => 20_000, Description = "The number of rows." };
var stream = new Command("stream", "The memory of a view that OnnxTransformer scores.") { rows };
stream.SetAction(result => Streaming.Run(result.GetValue(rows)));
return await CommandRunner.RunAsync(new RootCommand("Pipelines around ONNX models.") { agreement, stream }, args);
