using System.Globalization;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Conversion;

/// <summary>Compares what a graph says with the config.json beside its tokenizer.</summary>
internal static class ConfigurationCheck
{
    /// <summary>Compares them.</summary>
    /// <param name="file">The ONNX file's name in messages.</param>
    /// <param name="description">The model.</param>
    /// <param name="inferred">The configuration that the graph shows.</param>
    /// <param name="given">The config.json.</param>
    /// <exception cref="CheckpointException">They disagree.</exception>
    public static void Compare(string file, ModelDescription description, ConfigurationJson inferred, ConfigurationJson given)
    {
        EncoderConfiguration a = EncoderFamily.Of(inferred).Read(inferred), b = EncoderFamily.Of(given).Read(given);
        Same("the vocabulary's size", a.VocabularySize, b.VocabularySize);
        Same("the hidden size", a.HiddenSize, b.HiddenSize);
        Same("the number of layers", a.Layers, b.Layers);
        Same("the number of layers with their own weights", a.DistinctLayers ?? a.Layers, b.DistinctLayers ?? b.Layers);
        Same("the number of heads", a.Attention.Heads, b.Attention.Heads);
        Same("the width of the feed-forward layers", a.FeedForward.Width, b.FeedForward.Width);
        Same("the activation", a.FeedForward.Activation, b.FeedForward.Activation);
        Same("the width of token vectors", a.Embeddings.Width ?? a.HiddenSize, b.Embeddings.Width ?? b.HiddenSize);
        // Half precision rounds a small epsilon to 0.
        if (Math.Abs(a.Norm.Epsilon - b.Norm.Epsilon) > 1e-7 + 1e-3 * b.Norm.Epsilon)
            throw Error("the normalizations' epsilon", a.Norm.Epsilon, b.Norm.Epsilon);
        EncoderPart encoder = description.Encoder;
        if (encoder.Embeddings.Positions is not null)
        {
            Same("the longest sequence", a.MaxLength, b.MaxLength);
            Same("the row of the first position", a.Embeddings.PositionOffset, b.Embeddings.PositionOffset);
        }
        if (encoder.Embeddings.Types is not null)
            Same("the number of token types", a.Embeddings.TokenTypes, b.Embeddings.TokenTypes);
        if (description.Head.Kind == HeadKind.Sequence)
            Same("the pooling of the head", a.Head.Pooling, b.Head.Pooling);
        if (description.Head.Dense is not null)
            Same("the head's activation", a.Head.Activation, b.Head.Activation);
        if (encoder.FinalNorm is not null)
            CompareAttention(a, b);

        void CompareAttention(EncoderConfiguration mine, EncoderConfiguration theirs)
        {
            for (int i = 0; i < mine.Layers; i++)
            {
                LayerPart layer = encoder.Layers[i];
                bool isGlobal = theirs.Attention.GlobalLayers.Contains(i);
                // A window that is wider than all trials looks like none.
                bool looksGlobal = layer.Attention.Reach is null && (isGlobal || theirs.Attention.LocalWindow / 2 >= 1100);
                if (!looksGlobal && (isGlobal || layer.Attention.Reach != theirs.Attention.LocalWindow / 2))
                    throw Error($"the reach of layer {i}", layer.Attention.Reach?.ToString(CultureInfo.InvariantCulture) ?? "all tokens",
                        isGlobal ? "all tokens" : (theirs.Attention.LocalWindow / 2).ToString(CultureInfo.InvariantCulture));
                double theta = isGlobal ? theirs.Attention.GlobalTheta : theirs.Attention.LocalTheta;
                if (layer.Attention.Theta is double found && Math.Abs(found / theta - 1) > 0.02)
                    throw Error($"the rotary base of layer {i}", found, theta);
            }
            Same("biases of normalizations", mine.Norm.HasBias, theirs.Norm.HasBias);
            Same("biases of attention", mine.Attention.HasBias, theirs.Attention.HasBias);
            Same("biases of feed-forward layers", mine.FeedForward.HasBias, theirs.FeedForward.HasBias);
        }

        void Same<T>(string what, T found, T expected)
        {
            if (!EqualityComparer<T>.Default.Equals(found, expected))
                throw Error(what, found, expected);
        }

        CheckpointException Error(string what, object? found, object? expected) => new(
            $"'{file}' and '{given.Name}' disagree on {what}: the ONNX file has {found}, config.json {expected}; expected the " +
                "configuration " +
            "that was saved with the model. Use the tokenizer's directory of the same model, or one without config.json.");
    }
}
