using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Microsoft.ML.Diffusion.Text;
using Onnx;

namespace Microsoft.ML.Diffusion;

public static partial class OnnxModels
{
    private const string OnnxFolder = "onnx";

    /// <summary>
    /// Writes a model as an ONNX file. Its inputs are <c>input_ids</c>, <c>attention_mask</c> (1 for tokens, 0 for padding, which follows
    /// the tokens) and, if the model tells token types apart, <c>token_type_ids</c>: Int64, [batch × sequence] of any size up to the
    /// model's <see cref="EncoderConfiguration.MaxLength"/>. Its outputs are 32-bit floats: see <see cref="OnnxOutput"/>. A model whose
    /// weights were quantized is written with the rounded ones. The file appears whole or not at all.
    /// </summary>
    /// <param name="model">The model, on any engine; it may be used meanwhile, but not changed.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">The settings; null for logits in 32-bit floats.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or contradicts another.</exception>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    /// <exception cref="NotSupportedException">The model computes something that has no form in a graph, or has a weight that does not fit
    /// in 16 bits.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled; an existing file is unchanged.</exception>
    /// <example>
    /// <code>
    /// OnnxModels.Save(model, "model.onnx", new OnnxExportOptions { Precision = OnnxPrecision.Int8 });
    /// </code>
    /// </example>
    public static void Save(
        EncoderWithHead model, string path, OnnxExportOptions? options = null, CancellationToken cancellationToken = default) =>
        Write(model, null, path, options, cancellationToken);

    /// <summary>Writes the model of a transformer, with the head that it was fitted with, as an ONNX file.</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">The settings; null for logits in 32-bit floats.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <inheritdoc cref="Save(EncoderWithHead, string, OnnxExportOptions, CancellationToken)"/>
    public static void Save<TModel>(
        ModelTransformerBase<TModel> transformer, string path, OnnxExportOptions? options = null,
        CancellationToken cancellationToken = default)
        where TModel : EncoderWithHead
    {
        ArgumentNullException.ThrowIfNull(transformer);
        OnnxExportOptions? settled = Settle(transformer, options);
        transformer.WithModel((model, tokenizer) =>
        {
            Write(model, tokenizer, path, settled, cancellationToken);
            return true;
        });
    }

    /// <summary>
    /// Writes a model as an ONNX file: with the head that its checkpoint names, or the encoder alone if it names none.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">The settings; null for 32-bit floats.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="CheckpointException">The model cannot be read, or the file cannot be written.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    /// <inheritdoc cref="Save(EncoderWithHead, string, OnnxExportOptions, CancellationToken)"/>
    public static void Save(
        EncoderModel model, string path, OnnxExportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        (EncoderWithHead loaded, OnnxExportOptions settled) = LoadedForExport.Load(model, options ?? new(), cancellationToken);
        using (loaded)
            Write(loaded, model.Tokenizer, path, settled, cancellationToken);
    }

    /// <summary>
    /// Writes a model as a directory that Optimum and Transformers.js read: <c>onnx/model.onnx</c> (<c>model_fp16.onnx</c>,
    /// <c>model_quantized.onnx</c>), <c>config.json</c> and the tokenizer's files. Other files in it stay, so that several number formats
    /// can be written to one directory; each file appears whole or not at all.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="directory">The directory; it is created if it does not exist.</param>
    /// <param name="options">The settings; null for logits in 32-bit floats.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <inheritdoc cref="Save(EncoderWithHead, string, OnnxExportOptions, CancellationToken)"/>
    public static void SaveDirectory(
        EncoderWithHead model, Tokenizer tokenizer, string directory, OnnxExportOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        string name = (options ?? new()).Precision switch
        {
            OnnxPrecision.Float16 => "model_fp16.onnx",
            OnnxPrecision.Int8 => "model_quantized.onnx",
            _ => "model.onnx",
        };
        Write(model, tokenizer, Path.Combine(directory, OnnxFolder, name), options, cancellationToken);
        AtomicFile.Write(Path.Combine(directory, ModelFiles.ConfigurationName),
            stream => EncoderCheckpoint.WriteConfiguration(model, stream, ElementType.Float32), cancellationToken);
        tokenizer.Save(directory);
    }

    /// <summary>Writes the model of a transformer as a directory that Optimum and Transformers.js read.</summary>
    /// <param name="transformer">The transformer.</param>
    /// <param name="directory">The directory; it is created if it does not exist.</param>
    /// <param name="options">The settings; null for logits in 32-bit floats.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <inheritdoc cref="SaveDirectory(EncoderWithHead, Tokenizer, string, OnnxExportOptions, CancellationToken)"/>
    public static void SaveDirectory<TModel>(
        ModelTransformerBase<TModel> transformer, string directory, OnnxExportOptions? options = null,
        CancellationToken cancellationToken = default)
        where TModel : EncoderWithHead
    {
        ArgumentNullException.ThrowIfNull(transformer);
        OnnxExportOptions? settled = Settle(transformer, options);
        transformer.WithModel((model, tokenizer) =>
        {
            SaveDirectory(model, tokenizer, directory, settled, cancellationToken);
            return true;
        });
    }

    /// <inheritdoc cref="SaveDirectory(EncoderWithHead, Tokenizer, string, OnnxExportOptions, CancellationToken)"/>
    /// <exception cref="CheckpointException">The model cannot be read, or a file cannot be written.</exception>
    /// <exception cref="TokenizerException">The tokenizer's files are missing or damaged.</exception>
    public static void SaveDirectory(
        EncoderModel model, string directory, OnnxExportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        (EncoderWithHead loaded, OnnxExportOptions settled) = LoadedForExport.Load(model, options ?? new(), cancellationToken);
        using (loaded)
            SaveDirectory(loaded, model.Tokenizer, directory, settled, cancellationToken);
    }

    /// <summary>The settings of a file that takes texts: those of the transformer, which must agree.</summary>
    private static OnnxExportOptions? Settle(ITransformer transformer, OnnxExportOptions? options)
    {
        if (options is not { TextInput: not OnnxTextInput.None } || transformer is not BertSequenceTransformer sequences)
            return options;
        OnnxTextInput expected = sequences.Sentence2ColumnName is null ? OnnxTextInput.Text : OnnxTextInput.TextPair;
        if (options.TextInput != expected)
            throw new ArgumentException(
                $"{nameof(OnnxExportOptions.TextInput)} is {options.TextInput}; expected {expected}, as the transformer reads " +
                $"{(expected == OnnxTextInput.Text ? "single texts" : "pairs of texts")}.", nameof(options));
        return options.MaxLength == 0 ? options.WithMaxLength(sequences.MaxLength) : options;
    }

    private static void Write(
        EncoderWithHead model, Tokenizer? tokenizer, string path, OnnxExportOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        (ModelProto file, IReadOnlyList<StreamedTensor> constants) = ModelExport.Make(model, tokenizer, options);
        ModelFileWriter.Write(path, file, constants, options.ExternalDataThreshold, cancellationToken);
    }
}
