using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>Declares the parameters of one part of a model, whose names begin alike.</summary>
/// <param name="parameters">The model's parameters.</param>
/// <param name="part">The part.</param>
/// <param name="prefix">What their names begin with.</param>
internal sealed class ParameterScope(ParameterSet parameters, ModelPart part, string prefix = "")
{
    /// <summary>The parameters of a layer.</summary>
    public static ParameterScope OfLayer(ParameterSet parameters, int index) => new(parameters, ModelPart.OfLayer(index), $"layers.{index}.");

    /// <summary>A linear layer's weight.</summary>
    public Parameter Matrix(string name, int outputs, int inputs) => parameters.Add(new Parameter(prefix + name, outputs, inputs, ParameterRole.Matrix, part));

    /// <summary>Rows to look up.</summary>
    public Parameter Table(string name, int entries, int width) => parameters.Add(new Parameter(prefix + name, entries, width, ParameterRole.Table, part));

    /// <summary>A bias, or nothing where it is not wanted.</summary>
    public Parameter? Bias(string name, int width, bool wanted = true) =>
        wanted ? parameters.Add(new Parameter(prefix + name, 1, width, ParameterRole.Bias, part)) : null;

    /// <summary>The scale of a normalisation.</summary>
    public Parameter Norm(string name, int width) => parameters.Add(new Parameter(prefix + name, 1, width, ParameterRole.Norm, part));
}
