using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.CompareOnnx;

/// <summary>A fine-tuned classifier in a directory, its ONNX files in a temporary folder, and texts as its sequences.</summary>
internal sealed class TextClassifier : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("compare-onnx");

    public TextClassifier(string directory, LabeledText[] texts)
    {
        Source = EncoderModel.FromDirectory(directory);
        using TaskModel model = Source.LoadTask(TaskKind.SequenceClassification, CpuEngine.Shared);
        Labels = model.Task.Labels;
        Texts = texts;
        Sequences = new TextSequences(Source.Tokenizer, model.Family, model.Configuration);
        foreach (LabeledText text in texts)
            Sequences.Add(text.Sentence1);
    }

    public EncoderModel Source { get; }

    public IReadOnlyList<string> Labels { get; }

    public LabeledText[] Texts { get; }

    public TextSequences Sequences { get; }

    /// <summary>The classifier as an ONNX file, written at the first call.</summary>
    public string File(OnnxPrecision precision)
    {
        string path = Path.Combine(_folder.FullName, precision + ".onnx");
        if (!System.IO.File.Exists(path))
            OnnxModels.Save(Source, path, new OnnxExportOptions { Precision = precision });
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
