using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.CompareOnnx;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace

/// <summary><c>labels</c>: a classifier's labels by this engine, and by ONNX Runtime on its ONNX files in each number format.</summary>
internal static class LabelsCommand
{
    public static Command Create()
    {
        var model = new Option<DirectoryInfo>("--model") { Description = "A fine-tuned classifier.", Required = true };
        var data = new Option<FileInfo>("--data") { Description = "Lines of a label, a tab and a text, after a heading.", Required = true };
        var command = new Command("labels", "A classifier's labels by this engine, and by ONNX Runtime on its ONNX files.") { model, data };
        command.SetAction(result => Compare(
            result.GetValue(model)!.FullName, LabeledText.Read(result.GetValue(data)!.FullName, int.MaxValue)));
        return command;
    }

    private static void Compare(string directory, LabeledText[] texts)
    {
        using var classifier = new TextClassifier(directory, texts);
        int[] ours = Labels(classifier, classifier.Source);
        Write("this engine, float32", ours, ours, classifier, 0);
        Write("this engine, int8", Labels(classifier, classifier.Source.Quantized()), ours, classifier, 0);
        foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
        {
            string file = classifier.File(precision);
            using var session = new RuntimeSession(file);
            int[] theirs = [.. Enumerable.Range(0, texts.Length)
                .Select(i => Greatest(session.Run(classifier.Sequences.Sequences, i, i + 1).Values))];
            Write($"ONNX Runtime, {precision}", theirs, ours, classifier, new FileInfo(file).Length);
        }
    }

    private static int[] Labels(TextClassifier classifier, EncoderModel source)
    {
        using TaskModel model = source.LoadTask(TaskKind.SequenceClassification, CpuEngine.Shared);
        using var predictor = new SequencePredictor(model);
        return [.. predictor.Predict(classifier.Sequences).Chunk(model.Task.Outputs).Select(Greatest)];
    }

    private static int Greatest(float[] scores) => scores.IndexOf(scores.Max());

    private static void Write(string by, int[] labels, int[] ours, TextClassifier classifier, long bytes) => JsonLine.Write("labels",
        ("by", by), ("rows", labels.Length),
        ("equal", Share(labels.Zip(ours, (label, other) => label == other))),
        ("accuracy", Share(labels.Zip(classifier.Texts, (label, text) => classifier.Labels[label] == text.Label))),
        ("megabytes", Math.Round(bytes / 1e6, 1)));

    private static double Share(IEnumerable<bool> answers) => Math.Round(answers.Average(answer => answer ? 1.0 : 0), 4);
}
