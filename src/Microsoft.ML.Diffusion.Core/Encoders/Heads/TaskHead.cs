using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders.Layers;

namespace Microsoft.ML.Diffusion.Encoders.Heads;

/// <summary>A task's head: from hidden states to logits, in the family's architecture.</summary>
internal sealed class TaskHead
{
    private readonly TaskHeadArchitecture _architecture;
    private readonly TextPooling _pooling;
    private readonly LinearLayer? _dense;
    private readonly NormLayer? _norm;

    /// <summary>Declares the head's parameters.</summary>
    internal TaskHead(TaskHeadArchitecture architecture, EncoderConfiguration configuration, int outputs, ParameterSet parameters)
    {
        (_architecture, _pooling) = (architecture, configuration.Head.Pooling);
        var scope = new ParameterScope(parameters, ModelPart.Head, "head.");
        int width = configuration.HiddenSize;
        _dense = architecture.Dense is null ? null : new LinearLayer(scope, "dense", width, width, architecture.DenseBias);
        _norm = architecture.Norm is null ? null : new NormLayer(scope, "norm", width, configuration.Norm);
        Output = new LinearLayer(scope, "output", outputs, width, bias: true);
    }

    /// <summary>The last layer, with a row for each output.</summary>
    internal LinearLayer Output { get; }

    /// <summary>Logits for each sequence, from the first token or the mean of all.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="hidden">The encoder's hidden states, [tokens × hidden size].</param>
    /// <param name="batch">The sequences.</param>
    /// <returns>[sequences × outputs].</returns>
    public Tensor ForSequences(Pass pass, Tensor hidden, RaggedTokens batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        Sequences sequences = pass.SequencesOf(batch.Bounds);
        return Forward(pass, _pooling == TextPooling.Mean ? pass.MeanRows(hidden, sequences) : pass.FirstRows(hidden, sequences));
    }

    /// <summary>Logits for some tokens.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="hidden">The encoder's hidden states, [tokens × hidden size].</param>
    /// <param name="rows">The tokens.</param>
    /// <returns>[rows × outputs].</returns>
    public Tensor ForTokens(Pass pass, Tensor hidden, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return Forward(pass, pass.Gather(hidden, rows));
    }

    private Tensor Forward(Pass pass, Tensor x)
    {
        x = pass.Dropout(x, _architecture.FirstDropout);
        if (_dense is not null)
            x = _dense.Forward(pass, x, _architecture.Activation);
        if (_norm is not null)
            x = _norm.Forward(pass, x);
        return Output.Forward(pass, pass.Dropout(x, _architecture.LastDropout));
    }
}
