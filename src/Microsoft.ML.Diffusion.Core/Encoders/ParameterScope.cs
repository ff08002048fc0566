using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>Declares the parameters of one part of a model; their names have a common prefix.</summary>
/// <param name="parameters">The model's parameters.</param>
/// <param name="part">The part.</param>
/// <param name="prefix">The prefix of their names.</param>
internal sealed class ParameterScope(ParameterSet parameters, ModelPart part, string prefix = "")
{
    /// <summary>The parameters of a layer.</summary>
    public static ParameterScope OfLayer(ParameterSet parameters, int index) =>
        new(parameters, ModelPart.OfLayer(index), $"layers.{index}.");

    /// <summary>A linear layer's weight.</summary>
    public Parameter Matrix(string name, int outputs, int inputs) =>
        parameters.Add(new Parameter(prefix + name, outputs, inputs, ParameterRole.Matrix, part));

    /// <summary>A lookup table.</summary>
    public Parameter Table(string name, int entries, int width) =>
        parameters.Add(new Parameter(prefix + name, entries, width, ParameterRole.Table, part));

    /// <summary>A bias, or null if it is not needed.</summary>
    public Parameter? Bias(string name, int width, bool wanted = true) =>
        wanted ? parameters.Add(new Parameter(prefix + name, 1, width, ParameterRole.Bias, part)) : null;

    /// <summary>The scale of a normalization.</summary>
    public Parameter Norm(string name, int width) => parameters.Add(new Parameter(prefix + name, 1, width, ParameterRole.Norm, part));
}
