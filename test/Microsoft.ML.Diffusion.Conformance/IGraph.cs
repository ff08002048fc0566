using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>What a graph is written on.</summary>
public interface IGraph
{
    /// <summary>The run.</summary>
    Pass Pass { get; }

    /// <summary>A parameter by name, made of normal numbers when first asked for.</summary>
    Parameter Parameter(string name, int rows, int columns, double scale = 1, double mean = 0);

    /// <summary>Adds a loss that depends on every element of y.</summary>
    void Loss(string name, Tensor y, int classes = 5, bool bias = false, double smoothing = 0);

    /// <summary>Sequences of some lengths.</summary>
    Sequences Sequences(params int[] lengths) => Pass.SequencesOf(Numbers.Bounds(lengths));

    /// <summary>An input: the rows of a parameter, so that its gradient is known.</summary>
    Tensor Input(string name, int rows, int columns, double scale = 1) =>
        Pass.Embed(Parameter(name, rows, columns, scale), Numbers.Range(rows));
}
