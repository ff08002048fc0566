namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Layers whose results alone are stored in training. For its backward, a layer is run again from the results of the one below, and its
/// memory is released before the next (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016). The same kernels process the
/// same numbers in the same order, so the gradients are equal, bit for bit, to those without recomputation.
/// </summary>
/// <param name="pass">The pass.</param>
/// <param name="executor">Its memory.</param>
internal sealed class Recomputation(Pass pass, Executor executor)
{
    /// <summary>The tape of the current layer. Gradients of tensors outside it are on the other tape.</summary>
    private readonly Tape _layer = new(executor, sharesGradients: true);

    /// <summary>Runs a layer and returns its record for the tape of the whole run.</summary>
    public Operation Forward(ILayer layer, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias)
    {
        ArenaMark mark = executor.Mark();
        ulong key = pass.DropoutKey;
        (Tensor y, Tensor? added) = Record(layer, residual, branch, sequences, bias);
        Span<Tensor> kept = added is null ? [y] : [y, added.Value];
        executor.Release(mark, kept);
        return new(OperationKind.Layer, kept[0])
        {
            Y2 = added is null ? default : kept[1], X = residual, X2 = branch ?? default, Sequences = sequences, Shared = bias ?? default,
            Layer = layer, Key = key, LayerLearns = _layer.Learns,
        };
    }

    /// <summary>Runs a layer again and does its backward.</summary>
    /// <param name="o">Its record.</param>
    /// <param name="whole">The tape of the whole run: it has the gradients of the layer's results and receives those of its inputs.</param>
    /// <param name="toInputs">Whether anything below is trainable; if not, the gradients of the inputs may be omitted.</param>
    public void Backward(in Operation o, Tape whole, bool toInputs)
    {
        Tensor? bias = o.Shared == default ? null : o.Shared;
        // The first layer in the backward that adds to the gradient of the shared bias; that gradient must outlive the layer.
        Tensor? dbias = bias is Tensor shared && whole.FindGradient(shared) is null ? executor.Allocate(shared.Rows, shared.Columns) : null;
        ArenaMark mark = executor.Mark();
        ulong key = pass.DropoutKey;
        pass.DropoutKey = o.Key;
        (Tensor y, Tensor? added) = Record(o.Layer!, o.X, o.X2 == default ? null : o.X2, o.Sequences, bias);
        pass.DropoutKey = key;
        Share(whole, o.Y, y);
        Share(whole, o.X, o.X);
        if (added is Tensor y2)
            Share(whole, o.Y2, y2);
        if (o.X2 != default)
            Share(whole, o.X2, o.X2);
        if (bias is Tensor read)
            Share(whole, read, read);
        _layer.Backward(toInputs);
        HandDown(whole, o.X, o.Y);
        if (o.X2 != default)
            HandDown(whole, o.X2, o.Y2);
        if (dbias is Tensor first && _layer.FindGradient(o.Shared) is Tensor found)
        {
            executor.Copy(found, first, accumulate: false);
            whole.SetGradient(o.Shared, first);
        }
        executor.Release(mark, []);
    }

    private (Tensor Residual, Tensor? Branch) Record(ILayer layer, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias)
    {
        _layer.Clear();
        return pass.RecordOn(_layer, layer, residual, branch, sequences, bias);
    }

    /// <summary>Lets the layer's tape read, and add to, a gradient of the whole run's tape.</summary>
    private void Share(Tape whole, Tensor outside, Tensor inside)
    {
        if (whole.FindGradient(outside) is Tensor gradient)
            _layer.SetGradient(inside, gradient);
    }

    /// <summary>
    /// Moves the gradient of an input, which must outlive the layer, to the memory of a result's gradient, which is no longer needed, so no
    /// memory is allocated for it.
    /// </summary>
    private void HandDown(Tape whole, Tensor x, Tensor y)
    {
        if (_layer.FindGradient(x) is not Tensor dx)
            return;
        Tensor dy = whole.FindGradient(y)!.Value;
        executor.Copy(dx, dy, accumulate: false);
        whole.SetGradient(x, dy);
    }
}
