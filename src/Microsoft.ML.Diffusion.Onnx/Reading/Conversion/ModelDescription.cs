using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>What a Hugging Face configuration says of a recognized model, in one family.</summary>
internal sealed class ModelDescription
{
    private readonly string _file;
    private readonly RecognizedModel _model;

    private ModelDescription(string file, RecognizedModel model, string modelType, int? tokenTypes)
    {
        (_file, _model, ModelType) = (file, model, modelType);
        EncoderPart encoder = model.Encoder;
        TokenTypes = modelType is "distilbert" or "modernbert" ? 0
            : encoder.Embeddings.Types?.Dims[^2] ?? tokenTypes ?? (modelType == "roberta" ? 1 : 2);
        DistinctLayers = modelType == "albert" ? CountDistinct(encoder.Layers) : encoder.Layers.Count;
        Epsilon = encoder.Norms.Max(norm => norm.Epsilon);
        IsTied = model.Find(HeadKind.MaskedLanguage) is not { Output: LinearPart decoder } ||
            encoder.Embeddings.Tokens.Equals(decoder.Weight.Transposed());
        HasNormBias = encoder.Norms.Any(norm => norm.Bias is not null) || model.Main.Norm?.Bias is not null;
        HasAttentionBias = encoder.Layers.Any(layer => layer.Attention.Query.Bias is not null || layer.Attention.Key.Bias is not null ||
            layer.Attention.Value.Bias is not null || layer.AttentionOutput.Bias is not null);
        HasFeedForwardBias = encoder.Layers.Any(layer =>
            layer.Intermediate.Bias is not null || layer.Gate?.Bias is not null || layer.Output.Bias is not null);
        HasHeadBias = model.Main.Dense?.Bias is not null;
        HasDecoderBias = model.Find(HeadKind.MaskedLanguage)?.Output!.Bias is not null;
        Check();
    }

    /// <summary>The family.</summary>
    public string ModelType { get; }

    public EncoderPart Encoder => _model.Encoder;

    public HeadPart Head => _model.Main;

    public int TokenTypes { get; }

    /// <summary>The layers with weights of their own.</summary>
    public int DistinctLayers { get; }

    public double Epsilon { get; }

    /// <summary>Whether the decoder is the table of tokens.</summary>
    public bool IsTied { get; }

    public bool HasNormBias { get; }

    public bool HasAttentionBias { get; }

    public bool HasFeedForwardBias { get; }

    public bool HasHeadBias { get; }

    public bool HasDecoderBias { get; }

    /// <summary>The class in Hugging Face's library.</summary>
    public string Architecture => ClassPrefix + (Head.Kind switch
    {
        HeadKind.MaskedLanguage => "ForMaskedLM",
        HeadKind.Sequence => "ForSequenceClassification",
        HeadKind.Token => "ForTokenClassification",
        HeadKind.Answer => "ForQuestionAnswering",
        _ => "Model",
    });

    private string ClassPrefix => ModelType switch
    {
        "distilbert" => "DistilBert",
        "roberta" => "Roberta",
        "electra" => "Electra",
        "albert" => "Albert",
        "modernbert" => "ModernBert",
        _ => "Bert",
    };

    /// <summary>Describes a model.</summary>
    /// <param name="file">The file's name in messages.</param>
    /// <param name="model">The model.</param>
    /// <param name="modelType">The family that config.json names; null to find one by the model itself.</param>
    /// <param name="tokenTypes">The token types that config.json names.</param>
    /// <exception cref="CheckpointException">The family has no such models.</exception>
    public static ModelDescription Of(string file, RecognizedModel model, string? modelType, int? tokenTypes)
    {
        if (modelType is not null)
            return new(file, model, modelType, tokenTypes);
        CheckpointException? first = null;
        foreach (string candidate in Candidates(model))
        {
            try
            {
                return new(file, model, candidate, null);
            }
            catch (CheckpointException exception)
            {
                first ??= exception;
            }
        }
        throw first!;
    }

    /// <summary>The families that a model may be of, the likeliest first.</summary>
    private static IEnumerable<string> Candidates(RecognizedModel model)
    {
        EncoderPart encoder = model.Encoder;
        if (encoder.FinalNorm is not null)
            return ["modernbert"];
        if (encoder.Embeddings.PositionOffset > 0)
            return ["roberta"];
        if (CountDistinct(encoder.Layers) < encoder.Layers.Count)
            return ["albert"];
        if (encoder.Embeddings.Projection is not null)
            return ["electra", "albert"];
        bool hasPooler = model.Find(HeadKind.Pooler) is not null;
        return encoder.Embeddings.Types is null && !hasPooler ? ["distilbert", "bert", "electra"] : ["bert", "electra"];
    }

    /// <summary>The layers with weights of their own, if the others repeat them as ALBERT does; otherwise all.</summary>
    private static int CountDistinct(IReadOnlyList<LayerPart> layers)
    {
        var distinct = new List<LayerPart>();
        var order = new List<int>();
        foreach (LayerPart layer in layers)
        {
            int at = distinct.FindIndex(other => other.Attention.Query.Equals(layer.Attention.Query) &&
                other.AttentionOutput.Equals(layer.AttentionOutput) && other.Intermediate.Equals(layer.Intermediate) &&
                other.Output.Equals(layer.Output));
            order.Add(at < 0 ? distinct.Count : at);
            if (at < 0)
                distinct.Add(layer);
        }
        bool repeats = Enumerable.Range(0, order.Count).All(i => order[i] == (int)((long)i * distinct.Count / order.Count));
        return repeats ? distinct.Count : layers.Count;
    }

    private void Check()
    {
        EncoderPart encoder = Encoder;
        EmbeddingPart embeddings = encoder.Embeddings;
        bool isModern = ModelType == "modernbert";
        Require(encoder.Layers.Count > 0, "no layers", "at least one");
        Require(isModern == (encoder.FinalNorm is not null), isModern ? "normalization after its sublayers" : "normalization before " +
            "its sublayers",
            isModern ? "normalization before them" : "normalization after them");
        LayerPart first = encoder.Layers[0];
        foreach (LayerPart layer in encoder.Layers)
        {
            Require(isModern == (layer.Gate is not null), isModern ? "feed-forward layers without gates" : "gated feed-forward layers",
                isModern ? "gated ones" : "ones without gates");
            Require(isModern == layer.Attention.IsRotary, isModern ? "no rotary positions" : "rotary positions",
                isModern ? "rotary positions" : "learned ones");
            Require(isModern || layer.Attention.Reach is null, "a window in attention", "attention to all tokens");
            Require(
                layer.Attention.Heads == first.Attention.Heads && layer.Intermediate.Outputs == first.Intermediate.Outputs &&
                layer.Activation == first.Activation && layer.Attention.Query.Outputs == encoder.Width,
                "layers that differ in heads, widths or activations", "the same in every layer");
        }
        Require(isModern == (embeddings.Positions is null), isModern ? "a table of positions" : "no table of positions",
            isModern ? "none" : "one");
        Require(embeddings.Types is null || TokenTypes > 0, "token types", "none");
        Require(embeddings.PositionOffset == 0 || ModelType == "roberta",
            $"positions from row {embeddings.PositionOffset} on", "positions from row 0 on");
        Require(ModelType != "roberta" || embeddings.PositionOffset > 0, "positions from row 0 on", "positions after the padding id's row");
        Require(embeddings.Projection is null || ModelType is "electra" or "albert", "a projection of its embeddings", "none");
        double least = encoder.Norms.Min(norm => norm.Epsilon);
        Require(Epsilon - least <= 1e-3 * Epsilon, $"normalizations with epsilon {least} and {Epsilon}", "one epsilon");
        Require(ModelType != "distilbert" || Epsilon <= 2e-12, $"normalizations with epsilon {Epsilon}", "1E-12");
        CheckHead(first.Activation);
    }

    private void CheckHead(Activation hidden)
    {
        HeadPart head = Head;
        bool isModern = ModelType == "modernbert";
        string found = head.Dense is null ? "no inner layer" : $"an inner layer with {Activations.Name(head.Activation)}" +
            (head.Norm is null ? "" : " and a normalization");
        switch (head.Kind)
        {
            case HeadKind.MaskedLanguage:
                Activation expected = ModelType is "bert" or "albert" or "distilbert" ? hidden : Activation.Gelu;
                Require(isModern || head.Activation == expected, $"a masked-language head with {Activations.Name(head.Activation)}",
                    Activations.Name(expected));
                Require(head.Dense!.Outputs == Encoder.Embeddings.Tokens.Dims[1], "a masked-language head of another width than its tokens",
                    "the same width");
                break;
            case HeadKind.Sequence when isModern:
            case HeadKind.Token or HeadKind.Answer when isModern:
                Require(head.Norm is not null, $"a head with {found}", "an inner layer and a normalization");
                break;
            case HeadKind.Sequence:
                Activation sequence = ModelType switch
                {
                    "distilbert" => Activation.Relu,
                    "electra" => Activation.Gelu,
                    _ => Activation.Tanh,
                };
                Require(head.Dense is not null && head.Norm is null && head.Activation == sequence, $"a classification head with {found}",
                    $"an inner layer with {Activations.Name(sequence)}");
                Require(head.Dense!.Outputs == Encoder.Width && head.Dense.Inputs == Encoder.Width, "a head of another width",
                    "the hidden size");
                break;
            case HeadKind.Token or HeadKind.Answer:
                Require(head.Dense is null, $"a head for tokens with {found}", "no inner layer");
                break;
        }
    }

    private void Require(bool holds, string found, string expected)
    {
        if (!holds)
            throw new CheckpointException(
                $"'{_file}' has {found}; expected {expected}, as in the family \"{ModelType}\". Give the directory with the config.json " +
                "of this model, or use its safetensors with EncoderModel.FromDirectory.");
    }
}
