using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Cross-entropy, and what is read of logits.</summary>
internal sealed partial class TorchExecutor
{
    /// <summary>
    /// The most logits at a time: 256 MiB on a GPU, whose calls return at once; on a CPU so few that a cancellation is seen soon.
    /// </summary>
    private long LogitsInBlock => engine.Device.type == DeviceType.CPU ? 1 << 21 : 1 << 26;

    /// <inheritdoc/>
    public override Loss LinearCrossEntropy(
        Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, Tensor? dx, double smoothing)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor input = Factor(x), loss = zeros([], engine.WideType, engine.Device);
        using Scalar ofTarget = 1 - smoothing, ofMean = smoothing, share = -smoothing / weight.Rows;
        TorchTensor onTarget = full([1, 1], smoothing - 1, ScalarType.Float32, engine.Device);
        var gradients = new List<TorchTensor>();
        int block = (int)Math.Clamp(LogitsInBlock / weight.Rows, 1, Math.Max(1, x.Rows));
        for (int first = 0; first < x.Rows; first += block)
        {
            CancellationToken.ThrowIfCancellationRequested();
            using DisposeScope ofBlock = NewDisposeScope();
            int rows = Math.Min(block, x.Rows - first);
            TorchTensor own = input.narrow(0, first, rows), rowWeights = Single(weights).narrow(0, first, rows);
            TorchTensor classes = Of(targets).narrow(0, first, rows).view(-1, 1);
            TorchTensor logits = Single(nn.functional.linear(own, Weight(weight), Bias(bias)!));
            TorchTensor sums = logits.logsumexp(1, keepdim: true);
            TorchTensor terms = sums.sub(logits.gather(1, classes));
            if (smoothing > 0)
                terms.mul_(ofTarget).add_(sums.sub(logits.mean([1], keepdim: true)), ofMean);
            loss.add_(terms.to(engine.WideType).mul_(rowWeights).sum());
            if (dx is null)
                continue;
            TorchTensor gradient = logits.sub_(sums).exp_();
            if (smoothing > 0)
                gradient.add_(share);
            gradient = Factor(gradient.scatter_add_(1, classes, onTarget.expand(rows, 1)).mul_(rowWeights));
            gradients.Add(scripts.Run("linear_backward", own, Weight(weight), gradient, Gradient(weight), GradientOfVector(bias), null)
                .MoveToOuterDisposeScope());
        }
        if (dx is Tensor result)
            Put(result, Join(gradients, result));
        _losses.Add((Own(ToHost(loss)), engine.Waits));
        return new Loss(_losses.Count - 1);
    }

    /// <summary>A number in the host's memory, float64, which is there when the host has next waited for the device.</summary>
    private TorchTensor ToHost(TorchTensor number)
    {
        if (engine.Device.type != DeviceType.CUDA)
            return number.cpu().to(ScalarType.Float64);
        return empty([], ScalarType.Float64).pin_memory().copy_(number, nonBlocking: true);
    }

    /// <inheritdoc/>
    public override void ReadTop(Tensor x, int count, Span<double> logSumExp, Span<float> values, Span<int> columns)
    {
        using DisposeScope scope = NewDisposeScope();
        if (x.Rows == 0)
            return;
        TorchTensor logits = Single(x).add(Scalars.Zero); // −0 becomes 0: they are equal
        TorchTensor greatest = logits.amax([1], keepdim: true).clamp_min_(Scalars.LeastFloat);
        TorchTensor sums = logits.sub(greatest).exp_().sum(dim: 1L, keepdim: true, type: engine.WideType).log_()
            .add_(greatest);

        (TorchTensor sorted, TorchTensor order) = logits.sort(1, descending: true, stable: true); // topk does not order equal ones
        TorchTensor found = order.narrow(1, 0, count);
        long wait = engine.BeginWait();
        TorchSharpEngine.Elements(sorted.narrow(1, 0, count).cpu().contiguous()).CopyTo(values);
        ReadOnlySpan<long> places = MemoryMarshal.Cast<byte, long>(found.cpu().contiguous().bytes);
        for (int i = 0; i < places.Length; i++)
            columns[i] = (int)places[i];
        engine.EndWait(wait);
        MemoryMarshal.Cast<byte, double>(sums.cpu().to(ScalarType.Float64).contiguous().bytes).CopyTo(logSumExp);
    }
}
