using System.CommandLine;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>against</c>: compares commands of this program with the same work in ONNX Runtime or PyTorch, in turns, each in its own process.
/// </summary>
internal static class AgainstCommand
{
    public static Command Create() =>
        new("against",
            "This program and a peer in turns, several rounds: the ratio of their times. eng/bench/peers/README.md says what to install.")
    {
        Encoder(), Generate(), Train(),
    };

    private static Command Encoder()
    {
        var command = new Command("encoder", "The encoder, against ONNX Runtime on SIZE.onnx.");
        var options = new ModelOptions("base", 1, 128, null, command);
        Option<LengthsFile?> lengths = options.AddLengths(command);
        var contest = new ContestOptions(options, command);
        Option<DirectoryInfo> folder = PeersFolder(command);
        command.SetAction((result, cancellationToken) =>
        {
            EncoderSize size = EncoderSize.Of(result.GetValue(options.Size)!);
            string[] ours, theirs;
            if (result.GetValue(lengths) is LengthsFile file)
                (ours, theirs) = (["--lengths", file.Path], [file.Path]);
            else
            {
                string batch = $"{result.GetValue(options.Batch)}", length = $"{result.GetValue(options.Length)}";
                (ours, theirs) = (["--batch", batch, "--seq", length], [batch, length]);
            }
            Peer peer = Peer.OnnxRuntime(contest.Scripts(result), result.GetValue(folder)!, $"{size.Name}.onnx",
                $"encoder_onnx.py FILE {size.Layers} {size.Width} 30522", "encoder", theirs);
            return contest.Run(result, ["encoder", "--size", size.Name, .. ours], peer, cancellationToken);
        });
        return command;
    }

    private static Command Generate()
    {
        var command = new Command("generate", "Writing one text, against GPT-2 token by token in ONNX Runtime on gpt2.onnx.");
        var options = new ModelOptions("base", null, null, null, command);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Tokens to write.", 240),
            steps = ModelOptions.Positive("--steps", "Steps to write them in; GPT-2 takes one a token.", 10);
        command.Options.Add(tokens);
        command.Options.Add(steps);
        var contest = new ContestOptions(options, command);
        Option<DirectoryInfo> folder = PeersFolder(command);
        command.SetAction((result, cancellationToken) =>
        {
            string count = $"{result.GetValue(tokens)}";
            Peer peer = Peer.OnnxRuntime(contest.Scripts(result), result.GetValue(folder)!, "gpt2.onnx",
                "gpt2_onnx.py FILE", "gpt2", [count]);
            return contest.Run(result,
                ["generate", "--size", result.GetValue(options.Size)!, "--tokens", count, "--steps", $"{result.GetValue(steps)}"], peer,
                cancellationToken);
        });
        return command;
    }

    private static Command Train()
    {
        var command = new Command("train", "A training step of masked diffusion, against PyTorch.");
        var options = new ModelOptions("mini", 16, 128, 50265, command);
        var contest = new ContestOptions(options, command);
        var python = new Option<string>("--python") { Description = "The Python that has PyTorch.", DefaultValueFactory = _ => "python3" };
        command.Options.Add(python);
        command.SetAction((result, cancellationToken) =>
        {
            EncoderSize size = EncoderSize.Of(result.GetValue(options.Size)!);
            string batch = $"{result.GetValue(options.Batch)}", length = $"{result.GetValue(options.Length)}",
                vocabulary = $"{result.GetValue(options.Vocabulary)}";
            Peer peer = Peer.PyTorch(contest.Scripts(result), result.GetValue(python)!,
                [$"{size.Layers}", $"{size.Width}", batch, length, vocabulary]);
            return contest.Run(result, ["train", "--size", size.Name, "--batch", batch, "--seq", length, "--vocabulary", vocabulary], peer,
                cancellationToken);
        });
        return command;
    }

    private static Option<DirectoryInfo> PeersFolder(Command command)
    {
        var folder = new Option<DirectoryInfo>("--peers") { Description =
            "The folder that holds node_modules with onnxruntime-node, and the .onnx files.", Required = true };
        command.Options.Add(folder);
        return folder;
    }
}
