using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>A layer normalization's parameters: <c>name.weight</c> and, if it has a bias, <c>name.bias</c>.</summary>
internal sealed class NormLayer(ParameterScope scope, string name, int width, NormConfiguration configuration)
{
    private readonly Parameter _weight = scope.Norm(name + ".weight", width);
    private readonly Parameter? _bias = scope.Bias(name + ".bias", width, configuration.HasBias);

    public Tensor Forward(Pass pass, Tensor x) => pass.LayerNorm(x, _weight, _bias, configuration.Epsilon);

    /// <summary>a + b and its normalization.</summary>
    public (Tensor Sum, Tensor Normalized) Forward(Pass pass, Tensor a, Tensor b) =>
        pass.AddLayerNorm(a, b, _weight, _bias, configuration.Epsilon);
}
