namespace Microsoft.ML.Diffusion.Compute;

/// <summary>One of the consecutive, similar layers of a model. The backward pass can run it again: see <see cref="Pass.Run"/>.</summary>
internal interface ILayer
{
    /// <summary>Runs the layer on the pass; each call gives the same results.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="residual">The residual stream, [tokens × width].</param>
    /// <param name="branch">The output of the last residual branch, not yet added, of the same shape; null for none.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="bias">The bias that attention adds to its scores, shared by all layers; null for none.</param>
    /// <returns>The residual stream and branch for the next layer, of the same shapes, in the order of allocation.</returns>
    (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias);
}
