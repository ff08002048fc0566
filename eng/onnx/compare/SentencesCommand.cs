using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.CompareOnnx;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace

/// <summary><c>sentences</c>: hidden states of an encoder read from an ONNX file, beside ONNX Runtime's on that file.</summary>
internal static class SentencesCommand
{
    public static Command Create()
    {
        var onnx = new Option<FileInfo>("--onnx") { Description = "The encoder.", Required = true };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "Its vocab.txt, or the folder of its tokenizer.", Required = true,
        };
        var data = new Option<FileInfo>("--data") { Description = "Lines of a label, a tab and a text, after a heading.", Required = true };
        var count = new Option<int>("--count") { DefaultValueFactory = _ => 200 };
        var command = new Command("sentences", "The hidden states of an encoder read from an ONNX file, beside ONNX Runtime's.")
        {
            onnx, tokenizer, data, count,
        };
        command.SetAction(result => Compare(
            result.GetValue(onnx)!.FullName, result.GetValue(tokenizer)!,
            LabeledText.Read(result.GetValue(data)!.FullName, result.GetValue(count))));
        return command;
    }

    private static void Compare(string onnx, string tokenizer, LabeledText[] texts)
    {
        EncoderModel source = EncoderModel.FromOnnx(onnx, tokenizer);
        using EmbeddingModel model = source.LoadEncoder(CpuEngine.Shared);
        var sequences = new TextSequences(source.Tokenizer, model.Family, model.Configuration);
        foreach (LabeledText text in texts)
            sequences.Add(text.Sentence1);
        using var session = new RuntimeSession(onnx);
        using Pass pass = Pass.ForInference(model.Engine);
        double difference = 0, greatest = 0, leastCosine = 1;
        for (int i = 0; i < texts.Length; i++)
        {
            var one = new RaggedTokens();
            one.Append(sequences.Sequences[i]);
            pass.Begin();
            Tensor hidden = model.Forward(pass, one);
            float[] ours = new float[hidden.Rows * hidden.Columns], theirs = session.Run(one, 0, 1).Values;
            pass.Read(hidden, ours);
            double product = 0, a = 0, b = 0;
            for (int j = 0; j < ours.Length; j++)
            {
                difference = Math.Max(difference, Math.Abs(ours[j] - theirs[j]));
                greatest = Math.Max(greatest, Math.Abs(theirs[j]));
                (product, a, b) = (product + (double)ours[j] * theirs[j], a + (double)ours[j] * ours[j], b + (double)theirs[j] * theirs[j]);
            }
            leastCosine = Math.Min(leastCosine, product / Math.Sqrt(a * b));
        }
        JsonLine.Write("sentences", ("file", Path.GetFileName(onnx)), ("sentences", texts.Length),
            ("tokens", sequences.Sequences.TokenCount), ("greatest_difference", difference),
            ("greatest_value", greatest), ("least_cosine", leastCosine));
    }
}
