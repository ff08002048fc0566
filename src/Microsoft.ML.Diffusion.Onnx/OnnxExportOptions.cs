namespace Microsoft.ML.Diffusion;

/// <summary>Settings of <see cref="OnnxModels.Save(Encoders.EncoderWithHead, string, OnnxExportOptions, CancellationToken)"/>.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>The first and the last opset that files are written for.</summary>
    internal const int LeastOpset = 17, GreatestOpset = 21;

    /// <summary>
    /// What the file computes. Null is the logits of the model's head; of an <see cref="EncoderModel"/> whose checkpoint names no head, the
    /// hidden states.
    /// </summary>
    public OnnxOutput? Output { get; init; }

    /// <summary>Whether an embedding is divided by its length, for cosines as dot products.</summary>
    public bool NormalizeEmbedding { get; init; }

    /// <summary>The number format.</summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>Whether the file takes texts and tokenizes them itself; the default is token ids.</summary>
    public OnnxTextInput TextInput { get; init; }

    /// <summary>
    /// The maximum number of tokens of a text or pair in a file that takes texts, special tokens included; a longer text is cut at the end.
    /// 0 for the transformer's, or the model's.
    /// </summary>
    public int MaxLength { get; init; }

    /// <summary>The version of ONNX's operators, from 17 to 21.</summary>
    public int OpsetVersion { get; init; } = LeastOpset;

    /// <summary>
    /// The most bytes of weights inside the file. Larger models have them beside it, in a file of the same name with <c>_data</c> after it,
    /// which must be moved along. The default is the most that the format allows, some 2 GB.
    /// </summary>
    public long ExternalDataThreshold { get; init; } = int.MaxValue;

    /// <summary>The same with another output.</summary>
    internal OnnxExportOptions WithOutput(OnnxOutput output) => Copy(output, MaxLength);

    /// <summary>The same with another maximum number of tokens.</summary>
    internal OnnxExportOptions WithMaxLength(int maxLength) => Copy(Output, maxLength);

    private OnnxExportOptions Copy(OnnxOutput? output, int maxLength) => new()
    {
        Output = output, NormalizeEmbedding = NormalizeEmbedding, Precision = Precision, TextInput = TextInput, MaxLength = maxLength,
        OpsetVersion = OpsetVersion, ExternalDataThreshold = ExternalDataThreshold,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    internal void Check()
    {
        if (!Enum.IsDefined(Precision))
            throw new ArgumentOutOfRangeException(nameof(Precision), Precision, "Give Float32, Float16 or Int8.");
        if (Output is OnnxOutput output && !Enum.IsDefined(output))
            throw new ArgumentOutOfRangeException(nameof(Output), output, "Give an output of the enumeration, or null.");
        if (!Enum.IsDefined(TextInput))
            throw new ArgumentOutOfRangeException(nameof(TextInput), TextInput, "Give None, Text or TextPair.");
        ArgumentOutOfRangeException.ThrowIfNegative(MaxLength);
        if (OpsetVersion is < LeastOpset or > GreatestOpset)
            throw new ArgumentOutOfRangeException(nameof(OpsetVersion), OpsetVersion,
                $"Give an opset from {LeastOpset} to {GreatestOpset}; runtimes that read a later one read these too.");
        ArgumentOutOfRangeException.ThrowIfNegative(ExternalDataThreshold);
        if (NormalizeEmbedding && Output is not (OnnxOutput.MeanEmbedding or OnnxOutput.FirstTokenEmbedding))
            throw new ArgumentException(
                $"{nameof(NormalizeEmbedding)} was set, and {nameof(Output)} is {Output?.ToString() ?? "null"}; expected an embedding. " +
                $"Set {nameof(Output)} to {nameof(OnnxOutput.MeanEmbedding)} or {nameof(OnnxOutput.FirstTokenEmbedding)}.",
                nameof(NormalizeEmbedding));
    }
}
