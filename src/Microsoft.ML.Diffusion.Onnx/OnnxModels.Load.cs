using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Onnx.Reading.Conversion;
using Microsoft.ML.Diffusion.Onnx.Reading.Files;

namespace Microsoft.ML.Diffusion;

public static partial class OnnxModels
{
    /// <summary>
    /// Loads an encoder from an ONNX file, as torch.onnx, Optimum or ONNX Runtime's optimizer and dynamic quantizer write it. The graph is
    /// followed from its outputs to its inputs; weights are found by what is computed with them, not by their names.
    /// </summary>
    /// <param name="path">The ONNX file. Its external data must lie in the same folder.</param>
    /// <param name="tokenizer">
    /// The directory of the tokenizer's files, or its vocabulary (<c>vocab.txt</c>) or <c>tokenizer.json</c> alone. A <c>config.json</c> in
    /// the directory must agree with the graph, and says what the graph cannot: labels, dropout and padding.
    /// </param>
    /// <returns>
    /// The model: the encoder, with the head that the graph has. Half-precision weights stay so; 8-bit ones become floats.
    /// </returns>
    /// <exception cref="CheckpointException">
    /// A file is missing or damaged, the graph has a node that is not understood (the message names it), or it disagrees with
    /// <c>config.json</c>.
    /// </exception>
    /// <example>
    /// <code>
    /// EncoderModel model = OnnxModels.Load("model.onnx", "vocab.txt");
    /// </code>
    /// </example>
    public static EncoderModel Load(string path, string tokenizer) => Load(path, TokenizerAt(tokenizer));

    /// <inheritdoc cref="Load(string, string)"/>
    /// <param name="path">The ONNX file. Its external data must lie in the same folder.</param>
    /// <param name="tokenizer">The tokenizer's files, and perhaps <c>config.json</c>.</param>
    public static EncoderModel Load(string path, ModelFiles tokenizer)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (Directory.Exists(path))
            throw new CheckpointException(
                $"'{path}' is a directory; expected an ONNX file. Give the path of the file, such as " +
                $"'{Path.Combine(path, "model.onnx")}'.");
        using var file = new ModelFileStream(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return EncoderModel.FromFiles(ModelConverter.Convert(file.Stream, path, folder, tokenizer));
    }

    /// <inheritdoc cref="Load(string, string)"/>
    /// <param name="onnx">
    /// A stream with the ONNX file and all its data, from its current position on. A seekable stream is read in place, another one is first
    /// read to memory. It stays open.
    /// </param>
    /// <param name="tokenizer">The directory of the tokenizer's files, or its vocabulary or <c>tokenizer.json</c> alone.</param>
    public static EncoderModel Load(Stream onnx, string tokenizer) => Load(onnx, TokenizerAt(tokenizer));

    /// <inheritdoc cref="Load(Stream, string)"/>
    /// <param name="onnx">A stream with the ONNX file and all its data. It stays open.</param>
    /// <param name="tokenizer">The tokenizer's files, and perhaps <c>config.json</c>.</param>
    public static EncoderModel Load(Stream onnx, ModelFiles tokenizer)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (!onnx.CanRead)
            throw new ArgumentException("The stream cannot be read; expected one with an ONNX file.", nameof(onnx));
        string name = onnx is FileStream file ? file.Name : "the ONNX stream";
        using Stream seekable = OffsetStream.From(onnx);
        return EncoderModel.FromFiles(ModelConverter.Convert(seekable, name, null, tokenizer));
    }

    private static ModelFiles TokenizerAt(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            return ModelFiles.FromDirectory(path);
        string extension = Path.GetExtension(path).ToUpperInvariant();
        string name = extension switch
        {
            ".TXT" => "vocab.txt",
            ".JSON" => "tokenizer.json",
            _ => throw new CheckpointException(
                $"'{path}' is a file; expected a tokenizer's directory, a vocabulary (vocab.txt) or a tokenizer.json. Give one of these."),
        };
        using ModelFile file = ModelFile.Open(path);
        return ModelFiles.FromMemory(
            new Dictionary<string, ReadOnlyMemory<byte>> { [name] = file.ReadAllBytes(256 << 20) }, $"'{path}'");
    }
}
