using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>The feed-forward branch of a layer: linear, activation, linear, dropout.</summary>
/// <param name="scope">The layer's parameters.</param>
/// <param name="width">The width of the residual stream.</param>
/// <param name="configuration">The inner width, activation, biases, dropout.</param>
/// <param name="gated">Whether the first linear layer is twice as wide and its second half multiplies the
/// activated first (Shazeer 2020).</param>
internal sealed class FeedForward(ParameterScope scope, int width, FeedForwardConfiguration configuration, bool gated = false)
{
    private readonly LinearLayer _intermediate =
        new(scope, "intermediate", (gated ? 2 : 1) * configuration.Width, width, configuration.HasBias);
    private readonly LinearLayer _output = new(scope, "output", width, configuration.Width, configuration.HasBias);

    public Tensor Forward(Pass pass, Tensor x)
    {
        Tensor inside = gated
            ? pass.Gate(_intermediate.Forward(pass, x), configuration.Activation)
            : _intermediate.Forward(pass, x, configuration.Activation);
        return pass.Dropout(_output.Forward(pass, inside), configuration.Dropout ?? 0);
    }
}
