using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Layers;

/// <summary>A linear layer's parameters: <c>name.weight</c> and, if it has a bias, <c>name.bias</c>.</summary>
internal sealed class LinearLayer(ParameterScope scope, string name, int outputs, int inputs, bool bias)
{
    public Parameter Weight { get; } = scope.Matrix(name + ".weight", outputs, inputs);

    public Parameter? Bias { get; } = scope.Bias(name + ".bias", outputs, bias);

    /// <summary>Whether a parameter belongs to the layer.</summary>
    public bool Has(Parameter parameter) => parameter == Weight || parameter == Bias;

    public Tensor Forward(Pass pass, Tensor x, Activation activation = Activation.None) => pass.Linear(x, Weight, Bias, activation);
}
