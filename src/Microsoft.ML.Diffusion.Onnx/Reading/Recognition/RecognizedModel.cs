namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>An encoder with what the file's outputs compute from it.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="Heads">The heads, one of each kind at most.</param>
internal sealed record RecognizedModel(EncoderPart Encoder, IReadOnlyList<HeadPart> Heads)
{
    /// <summary>The head that the file is for: the one with logits, if there is one.</summary>
    public HeadPart Main => Heads.FirstOrDefault(head => head.Kind == HeadKind.MaskedLanguage)
        ?? Heads.FirstOrDefault(head => head.Output is not null) ?? Heads[0];

    public HeadPart? Find(HeadKind kind) => Heads.FirstOrDefault(head => head.Kind == kind);
}
