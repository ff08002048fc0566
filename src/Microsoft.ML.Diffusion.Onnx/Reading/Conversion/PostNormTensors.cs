using System.Globalization;
using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>The tensors of BERT and its nearest relatives.</summary>
internal static class PostNormTensors
{
    /// <summary>Lists the tensors.</summary>
    /// <param name="model">The model.</param>
    /// <param name="description">Its configuration.</param>
    public static IReadOnlyList<TensorPart> List(RecognizedModel model, ModelDescription description)
    {
        FamilyNames names = FamilyNames.Of(description.ModelType);
        EncoderPart encoder = model.Encoder;
        EmbeddingPart embeddings = encoder.Embeddings;
        var list = new TensorList();
        string prefix = names.Prefix + "embeddings.";
        list.Table(prefix + "word_embeddings.weight", embeddings.Tokens);
        list.Table(prefix + "position_embeddings.weight", embeddings.Positions!);
        if (description.TokenTypes > 0 && embeddings.Types is null)
            list.Filled(prefix + "token_type_embeddings.weight", [description.TokenTypes, embeddings.Tokens.Dims[1]], 0);
        else if (description.TokenTypes > 0)
            list.Table(prefix + "token_type_embeddings.weight", embeddings.Types!);
        list.Norm(prefix + "LayerNorm", embeddings.Norm, hasBias: true);
        if (embeddings.Projection is not null)
            list.Linear(names.Projection!, hasBias: true, embeddings.Projection);
        int stored = description.DistinctLayers;
        for (int i = 0; i < stored; i++)
        {
            // The first layer that uses the weights.
            LayerPart layer = encoder.Layers[(int)(((long)i * encoder.Layers.Count + stored - 1) / stored)];
            string[] parts = Array.ConvertAll(names.Layer, name => string.Format(CultureInfo.InvariantCulture, name, i));
            list.Linear(parts[0], true, layer.Attention.Query);
            list.Linear(parts[1], true, layer.Attention.Key);
            list.Linear(parts[2], true, layer.Attention.Value);
            list.Linear(parts[3], true, layer.AttentionOutput);
            list.Norm(parts[4], layer.AttentionNorm!, true);
            list.Linear(parts[5], true, layer.Intermediate);
            list.Linear(parts[6], true, layer.Output);
            list.Norm(parts[7], layer.Norm, true);
        }
        if (model.Find(HeadKind.Pooler) is HeadPart pooler && names.Pooler is not null && model.Find(HeadKind.Sequence) is null)
            list.Linear(names.Pooler, true, pooler.Dense!);
        AddHead(list, model, names, description);
        return list.Tensors;
    }

    private static void AddHead(TensorList list, RecognizedModel model, FamilyNames names, ModelDescription description)
    {
        HeadPart head = model.Main;
        switch (head.Kind)
        {
            case HeadKind.MaskedLanguage:
                list.Linear(names.MaskedLanguage[0], true, head.Dense!);
                list.Norm(names.MaskedLanguage[1], head.Norm!, true);
                if (!description.IsTied)
                    list.Weights(names.MaskedLanguage[2] + ".weight", head.Output!);
                list.Bias(names.MaskedLanguage[3], head.Output!);
                break;
            case HeadKind.Sequence:
                list.Linear(names.Sequence[0], true, head.Dense!);
                list.Linear(names.Sequence[1], true, head.Output!);
                break;
            case HeadKind.Token:
                list.Linear("classifier", true, head.Output!);
                break;
            case HeadKind.Answer:
                list.Linear("qa_outputs", true, head.Output!);
                break;
        }
    }
}
