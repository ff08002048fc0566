namespace Microsoft.ML.Diffusion.Compute;

/// <summary>One of the similar layers in a row of a model. The backward pass can run it again: see <see cref="Pass.Run"/>.</summary>
internal interface ILayer
{
    /// <summary>Runs the layer on the pass, each time the same.</summary>
    /// <param name="pass">The run.</param>
    /// <param name="residual">The residual stream, [tokens × width].</param>
    /// <param name="branch">The output of the last residual branch, still to be added, of the same shape; null for nothing.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="bias">What attention adds to its scores, which all layers share; null for nothing.</param>
    /// <returns>The same for the next layer, of the same shape, in the order in which they were made.</returns>
    (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias);
}
