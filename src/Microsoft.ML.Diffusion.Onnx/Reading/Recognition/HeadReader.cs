using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>Recognizes what an output of the graph computes from the encoder's hidden states.</summary>
internal sealed class HeadReader(SampleInput sample, EncoderPart encoder)
{
    private readonly int _length = sample.Length;

    /// <summary>The places in a sequence that a part of a head sees.</summary>
    private enum Seen
    {
        Nothing,
        Tokens,
        First,
        Mean,
    }

    /// <summary>Reads an output.</summary>
    /// <exception cref="RecognitionException">It is something else.</exception>
    public HeadPart Read(Term output)
    {
        // What is made of logits, or of vectors of texts, without weights is left to the components that use the model.
        while (output.Of is Softmax or Discrete or Function { Name: "Sigmoid" } or Masked)
            output = output.Of.Inputs[0];
        if (output.Of is Times { A: var text, B.Of: Function { Name: "Reciprocal" } } && SeenBy(text) is not Seen.Nothing)
            output = text;
        if (SeenBy(output) != Seen.Nothing)
            return new HeadPart(HeadKind.None, null, Activation.None, null, null, SeenBy(output) == Seen.Mean);
        if (output is { IsWhole: true, Of: Function { Name: "Tanh", X: { IsWhole: true, Of: Linear pooler } } } &&
            SeenBy(pooler.X) == Seen.First)
            return new HeadPart(HeadKind.Pooler, new(pooler.Weight, pooler.Bias), Activation.Tanh, null, null, false);
        if (output.Of is not Linear last)
            throw new RecognitionException(output, "expected hidden states, a vector of the text, or logits: a linear layer");
        var layer = new LinearPart(last.Weight, last.Bias);
        bool isAnswer = !output.IsWhole || output.Width != last.Dims[^1];
        if (isAnswer && !IsColumn(output, last))
            throw new RecognitionException(output, "expected the logits of all tokens and outputs, or of answers' starts and ends");
        (LinearPart? dense, Activation activation, NormPart? norm, Term input) = ReadDense(last.X);
        Seen seen = SeenBy(input);
        HeadKind kind = seen switch
        {
            Seen.Nothing => throw new RecognitionException(input, "expected a head that sees the encoder's hidden states"),
            Seen.First or Seen.Mean => HeadKind.Sequence,
            _ when isAnswer => HeadKind.Answer,
            _ when norm is not null && layer.Outputs == encoder.Embeddings.Tokens.Dims[0] => HeadKind.MaskedLanguage,
            _ => HeadKind.Token,
        };
        return new HeadPart(kind, dense, activation, norm, layer, seen == Seen.Mean);
    }

    /// <summary>The layers before the last: linear and activation, and perhaps a normalization.</summary>
    private (LinearPart? Dense, Activation Activation, NormPart? Norm, Term Input) ReadDense(Term x)
    {
        if (SeenBy(x) != Seen.Nothing)
            return (null, Activation.None, null, x);
        NormPart? norm = Views.Norm(x, out Term? normalized);
        Term activated = norm is null ? x : normalized!;
        if (activated is not { IsWhole: true, Of: Function function } || Activations.Find(function.Name) is not Activation activation)
            throw new RecognitionException(activated, "expected a head's linear layer with its activation (GELU, ReLU, SiLU or tanh)");
        LinearPart dense = Views.Columns(function.X, out Term? input)
            ?? throw new RecognitionException(function.X, "expected a head's linear layer");
        return (dense, activation, norm, input!);
    }

    private Seen SeenBy(Term term)
    {
        if (term.Of == encoder.Hidden && term.IsWhole)
            return Seen.Tokens;
        if (term.Of == encoder.Hidden && IsFirst(term))
            return Seen.First;
        return term.Of is Reduced reduced && IsMean(term, reduced) ? Seen.Mean : Seen.Nothing;
    }

    private bool IsFirst(Term term)
    {
        int width = encoder.Width;
        if (term.Count != (long)sample.Batch * width || term.Scale != 1 || term.Scales is not null)
            return false;
        for (int i = 0; i < term.Count; i++)
        {
            if (term.At(i) != i / width * _length * width + i % width)
                return false;
        }
        return true;
    }

    /// <summary>Whether each token's factor is one over the number of tokens, and padding's is 0.</summary>
    private bool IsMean(Term term, Reduced reduced)
    {
        Term x = reduced.X;
        int width = encoder.Width;
        if (x.Of != encoder.Hidden || x.Index is not null || x.Dims.Length != 3 || reduced.Axes is not [1] || term.Index is not null)
            return false;
        for (int i = 0; i < x.Count; i++)
        {
            int b = i / width / _length, s = i / width % _length, tokens = sample.Lengths[b];
            double factor = x.ScaleAt(i) * term.ScaleAt(b * width + i % width);
            if (reduced.Name == "Mean")
                factor /= _length;
            else if (reduced.Name != "Sum")
                return false;
            if (Math.Abs(factor - (s < tokens ? 1.0 / tokens : 0)) > 1e-4)
                return false;
        }
        return true;
    }

    /// <summary>Whether a term is one of two outputs of all tokens: an answer's starts or ends.</summary>
    private bool IsColumn(Term term, Linear linear)
    {
        int all = linear.Dims[^1];
        if (all != 2 || term.Count != (long)sample.Batch * _length || term.Scale != 1 || term.Scales is not null)
            return false;
        int column = term.At(0);
        return column < 2 && Enumerable.Range(0, (int)term.Count).All(i => term.At(i) == i * 2 + column);
    }
}
