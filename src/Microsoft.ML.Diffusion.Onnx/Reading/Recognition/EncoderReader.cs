using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>Recognizes an encoder from its last hidden states back to its embeddings, layer by layer.</summary>
internal sealed class EncoderReader(SampleInput sample)
{
    private readonly AttentionReader _attention = new(sample);
    private readonly EmbeddingReader _embeddings = new(sample);

    /// <summary>Reads an encoder.</summary>
    /// <exception cref="RecognitionException">A part is something else.</exception>
    public EncoderPart Read(Computation hidden)
    {
        var whole = new Term(hidden);
        if (hidden is not Normalized { X: { IsWhole: true, Of: Sum sum } })
            throw new RecognitionException(whole, "expected the last hidden states: a normalization of a sum");
        return sum.A is { IsWhole: true, Of: Sum } || sum.B is { IsWhole: true, Of: Sum } ? ReadPreNorm(whole) : ReadPostNorm(whole);
    }

    /// <summary>norm(x + sublayer(x)).</summary>
    private EncoderPart ReadPostNorm(Term hidden)
    {
        var layers = new List<LayerPart>();
        Term x = hidden;
        EmbeddingPart? embeddings;
        while ((embeddings = _embeddings.TryRead(x)) is null)
        {
            try
            {
                NormPart norm = Views.Norm(x, out Term? sum) ?? throw new RecognitionException(x, "expected a layer's normalization");
                (FeedForward forward, Term middle) = ReadFeedForward(sum!);
                NormPart attentionNorm = Views.Norm(middle, out Term? attentionSum)
                    ?? throw new RecognitionException(middle, "expected the normalization after attention");
                (AttentionPart attention, LinearPart output, Term residual) = ReadAttention(attentionSum!, (input, rest) =>
                    input.Equals(rest));
                layers.Add(new LayerPart(
                    attention, output, attentionNorm, forward.Intermediate, forward.Gate, forward.Activation, forward.Output, norm));
                x = residual;
            }
            catch (RecognitionException exception)
            {
                throw new RecognitionException(exception.Node, exception.Message, exception.Depth + layers.Count + 1);
            }
        }
        layers.Reverse();
        return new EncoderPart(hidden.Of, embeddings, layers, null);
    }

    /// <summary>x + sublayer(norm(x)), and a normalization at the end.</summary>
    private EncoderPart ReadPreNorm(Term hidden)
    {
        var layers = new List<LayerPart>();
        NormPart final = Views.Norm(hidden, out Term? x)!;
        EmbeddingPart? embeddings;
        do
        {
            try
            {
                (FeedForward forward, Term middle) = ReadFeedForward(x!);
                if (forward.Norm is null)
                    throw new RecognitionException(x!, "expected a normalization before the feed-forward layer");
                NormPart? attentionNorm = null;
                (AttentionPart attention, LinearPart output, Term residual) = ReadAttention(middle, (input, rest) =>
                {
                    attentionNorm = Views.Norm(input, out Term? normalized);
                    if (attentionNorm is not null && normalized!.Equals(rest))
                        return true;
                    attentionNorm = null;
                    return input.Equals(rest);
                });
                layers.Add(new LayerPart(
                    attention, output, attentionNorm, forward.Intermediate, forward.Gate, forward.Activation, forward.Output,
                        forward.Norm));
                x = residual;
                embeddings = _embeddings.TryRead(x);
                if (attentionNorm is null != (embeddings is not null))
                    throw new RecognitionException(x, "expected a normalization before attention in every layer but the first");
            }
            catch (RecognitionException exception)
            {
                throw new RecognitionException(exception.Node, exception.Message, exception.Depth + layers.Count + 1);
            }
        }
        while (embeddings is null);
        layers.Reverse();
        return new EncoderPart(hidden.Of, embeddings, layers, final);
    }

    private static IEnumerable<(Term Branch, Term Residual)> Sides(Term sum)
    {
        if (sum is not { IsWhole: true, Of: Sum of })
            throw new RecognitionException(sum, "expected a sublayer's sum with its input");
        yield return (of.A, of.B);
        yield return (of.B, of.A);
    }

    private (AttentionPart Attention, LinearPart Output, Term Residual) ReadAttention(Term sum, Func<Term, Term, bool> isInput)
    {
        RecognitionException? failure = null;
        foreach ((Term branch, Term rest) in Sides(sum))
        {
            LinearPart? output = Views.Columns(branch, out Term? context);
            if (output is null || context!.Of is not Product)
                continue;
            try
            {
                AttentionPart attention = _attention.Read(context, out Term input);
                if (!isInput(input, rest))
                    throw new RecognitionException(sum, "expected attention's output plus its input");
                return (attention, output, rest);
            }
            catch (RecognitionException exception)
            {
                failure = exception;
            }
        }
        throw failure ?? new RecognitionException(sum, "expected a linear layer of attention's context, plus its input");
    }

    private static (FeedForward Forward, Term Residual) ReadFeedForward(Term sum)
    {
        foreach ((Term branch, Term rest) in Sides(sum))
        {
            if (Views.Columns(branch, out Term? inside) is not LinearPart output || inside!.Of is not (Function or Times))
                continue;
            (Term activated, Term? gate) = inside is { IsWhole: true, Of: Times times }
                ? times.A.Of is Function ? (times.A, times.B) : (times.B, times.A)
                : (inside, null);
            if (activated is not { IsWhole: true, Of: Function function } || Activations.Find(function.Name) is not Activation activation)
                throw new RecognitionException(activated, "expected the activation of a feed-forward layer: GELU, ReLU, SiLU or tanh");
            LinearPart? intermediate = Views.Columns(function.X, out Term? input);
            Term? gateInput = null;
            LinearPart? gatePart = gate is null ? null : Views.Columns(gate, out gateInput);
            if (intermediate is null || (gate is not null && (gatePart is null || !gateInput!.Equals(input!))))
                throw new RecognitionException(function.X, "expected the first linear layer of a feed-forward layer");
            if (input!.Equals(rest))
                return (new FeedForward(intermediate, gatePart, activation, output, null), rest);
            if (Views.Norm(input, out Term? normalized) is NormPart norm && normalized!.Equals(rest))
                return (new FeedForward(intermediate, gatePart, activation, output, norm), rest);
            throw new RecognitionException(sum, "expected a feed-forward layer's output plus its input");
        }
        throw new RecognitionException(sum, "expected a feed-forward layer (linear, activation, linear) plus its input");
    }

    private sealed record FeedForward(LinearPart Intermediate, LinearPart? Gate, Activation Activation, LinearPart Output, NormPart? Norm);
}
