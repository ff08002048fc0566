using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>The nodes with weights, in the number format of a graph.</summary>
internal interface IWeightNodes
{
    /// <summary>x · weightᵀ + bias.</summary>
    /// <param name="x">The value's name, [… × in].</param>
    /// <param name="weight">[out × in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="wish">The wished name of the result.</param>
    string Linear(string x, Parameter weight, Parameter? bias, string wish);

    /// <summary>table[indices].</summary>
    string Embed(string indices, Parameter table, string wish);

    /// <summary>A parameter as it is: a vector, or a table.</summary>
    string Constant(Parameter parameter);
}
