using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The depth of each parameter in its model: 0 for the embeddings, 1 … <see cref="Layers"/> for the layers, and above them the heads and a
/// final normalization. A decoder tied to the token embeddings has depth 0.
/// </summary>
internal sealed class ParameterDepths
{
    public ParameterDepths(ParameterSet parameters) => Layers = parameters.All.Max(parameter => parameter.Part.Layer + 1) ?? 0;

    /// <summary>The number of layers.</summary>
    public int Layers { get; }

    /// <summary>The depth of a parameter, from 0 to <see cref="Layers"/> + 1.</summary>
    public int Of(Parameter parameter) =>
        parameter.Part == ModelPart.Embeddings ? 0 : parameter.Part.Layer + 1 ?? Layers + 1;

    /// <summary>Whether the options freeze a parameter.</summary>
    public bool IsFrozen(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth == 0 ? options.FreezeEmbeddings || options.FrozenLayers > 0 : depth <= options.FrozenLayers;
    }

    /// <summary>Whether the options reinitialize a parameter.</summary>
    public bool IsReinitialized(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth <= Layers && depth > Layers - options.ReinitializedLayers;
    }

    /// <summary>The factor of the learning rate for a parameter: decay^(distance from the top).</summary>
    public double RateFactor(Parameter parameter, TrainingOptions options) => Math.Pow(options.LayerDecay, Layers + 1 - Of(parameter));

    /// <summary>Throws if the options name more layers than there are.</summary>
    /// <exception cref="ArgumentException">There are too few layers.</exception>
    public void Check(TrainingOptions options)
    {
        if (options.FrozenLayers > Layers)
            throw new ArgumentException($"FrozenLayers is {options.FrozenLayers}; expected at most the model's {Layers} layers.",
                nameof(options));
        if (options.ReinitializedLayers > Layers - options.FrozenLayers)
            throw new ArgumentException(
                $"ReinitializedLayers is {options.ReinitializedLayers}; expected at most the {Layers - options.FrozenLayers} of {Layers} " +
                "layers that are not frozen.", nameof(options));
    }
}
