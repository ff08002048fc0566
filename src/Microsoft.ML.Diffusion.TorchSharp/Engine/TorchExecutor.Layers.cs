using TorchSharp.Modules;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Linear layers, normalization, and what is done to each element.</summary>
internal sealed partial class TorchExecutor
{
    /// <inheritdoc/>
    public override void Linear(Tensor x, Parameter weight, Parameter? bias, Activation activation, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, Activate(nn.functional.linear(Factor(x), Weight(weight), Bias(bias)!), activation));
    }

    /// <inheritdoc/>
    public override void LinearBackward(Tensor x, Parameter weight, Parameter? bias, Tensor dy, Tensor? dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor? dWeight = Gradient(weight), dBias = GradientOfVector(bias);
        if (dx is null || engine.Device.type == DeviceType.CPU)
        {
            // In a call of its own on a CPU, where a product takes long, so that a cancellation is seen before the second.
            scripts.Run("weight_backward", Factor(x), Factor(dy), dWeight, dBias);
            CancellationToken.ThrowIfCancellationRequested();
            (dWeight, dBias) = (null, null);
        }
        if (dx is not Tensor result)
            return;
        TorchTensor? sum = accumulate ? Of(result) : null;
        TorchTensor product = scripts.Run("linear_backward", Factor(x), Weight(weight), Factor(dy), dWeight, dBias, sum);
        if (sum is null)
            Put(result, product);
    }

    /// <inheritdoc/>
    public override void AddLayerNorm(
        Tensor a, Tensor? b, Parameter weight, Parameter? bias, double epsilon, Tensor sum, Tensor y, Tensor statistics)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar number = epsilon;
        (TorchTensor total, TorchTensor normalized, TorchTensor mean, TorchTensor inverse) = scripts.RunFour(
            "add_layer_norm", Of(a), b is Tensor other ? Of(other) : null, Vector(weight), bias is null ? null : Vector(bias), number,
            (int)engine.FactorType);
        if (b is not null)
            Put(sum, total);
        Put(y, normalized);
        Slot kept = _tensors[statistics.Index];
        kept.Free();
        kept.Statistics = (Own(mean), Own(inverse));
    }

    /// <inheritdoc/>
    public override void LayerNormBackward(
        Tensor sum, Parameter weight, Parameter? bias, Tensor statistics, Tensor dy, Tensor dsum, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        (TorchTensor mean, TorchTensor inverse) = _tensors[statistics.Index].Statistics
            ?? (Of(statistics).narrow(1, 0, 1), Of(statistics).narrow(1, 1, 1));
        TorchTensor dx = scripts.Run("layer_norm_backward", Of(dy), Of(sum), mean, inverse, Vector(weight),
            bias is null ? null : Vector(bias), GradientOfVector(weight), GradientOfVector(bias));
        Put(dsum, dx, accumulate);
    }

    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(y, activation == Activation.None ? Of(x).clone() : Activate(Of(x), activation));
    }

    /// <inheritdoc/>
    public override void ActivateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor input = Of(x);
        Put(dx, scripts.ActivateBackward(activation, Of(dy).to(input.dtype), input), accumulate);
    }

    /// <inheritdoc/>
    public override void Gate(Tensor x, Activation activation, Tensor y)
    {
        using DisposeScope scope = NewDisposeScope();
        (TorchTensor gate, TorchTensor unit) = Halves(x);
        Put(y, Activate(gate, activation).mul(unit));
    }

    /// <inheritdoc/>
    public override void GateBackward(Tensor x, Activation activation, Tensor dy, Tensor dx, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        (TorchTensor gate, TorchTensor unit) = Halves(x);
        TorchTensor gradient = Of(dy).to(gate.dtype);
        TorchTensor dGate = scripts.ActivateBackward(activation, gradient.mul(unit), gate);
        Put(dx, cat([dGate, gradient.mul(Activate(gate, activation))], 1), accumulate);
    }

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, ulong key, Tensor y, bool accumulate)
    {
        using DisposeScope scope = NewDisposeScope();
        using Scalar scale = 1 / (1 - rate);
        Put(y, Of(x).mul(Keeps(key, rate, x)).mul_(scale), accumulate);
    }

    private static TorchTensor Activate(TorchTensor x, Activation activation) => activation switch
    {
        Activation.Gelu => x.gelu(),
        Activation.GeluTanh => x.gelu(GELU.Approximate.tanh),
        Activation.Relu => x.relu(),
        Activation.Tanh => x.tanh(),
        Activation.Silu => x.silu(),
        _ => x,
    };

    private (TorchTensor First, TorchTensor Second) Halves(Tensor x)
    {
        TorchTensor both = Of(x);
        return (both.narrow(1, 0, x.Columns / 2), both.narrow(1, x.Columns / 2, x.Columns / 2));
    }

    /// <summary>Which elements a dropout keeps, [rows × columns], drawn once a batch.</summary>
    private TorchTensor Keeps(ulong key, double rate, Tensor x)
    {
        var draws = new DropoutDraws(key, rate, x.Rows, x.Columns);
        if (!_draws.TryGetValue(draws, out TorchTensor? keeps))
            _draws.Add(draws, keeps = Own(scripts.ElementDraws(x.Rows, x.Columns, Of(x), key, Limit(rate))));
        return keeps;
    }

    /// <summary>The least word that keeps.</summary>
    private static long Limit(double rate) => (long)Math.Floor(rate * uint.MaxValue);
}
