using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>A linear layer's parameters: <c>name.weight</c> and, where it has one, <c>name.bias</c>.</summary>
internal sealed class LinearLayer(ParameterSet parameters, string name, int outputs, int inputs, bool bias)
{
    private readonly Parameter _weight = parameters.Matrix(name + ".weight", outputs, inputs);
    private readonly Parameter? _bias = parameters.Vector(name + ".bias", outputs, bias);

    public Tensor Forward(Pass pass, Tensor x, Activation activation = Activation.None) => pass.Linear(x, _weight, _bias, activation);
}
