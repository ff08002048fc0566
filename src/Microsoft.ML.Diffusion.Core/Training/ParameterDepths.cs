using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// How far above the bottom each parameter stands in its model: 0 the embeddings, 1 … <see cref="Layers"/> the layers, and above them the
/// heads and a final normalisation. A decoder that is the token table stands with the embeddings.
/// </summary>
internal sealed class ParameterDepths
{
    public ParameterDepths(ParameterSet parameters) => Layers = parameters.All.Max(parameter => parameter.Part.Layer + 1) ?? 0;

    /// <summary>The number of layers.</summary>
    public int Layers { get; }

    /// <summary>The depth of a parameter, from 0 to <see cref="Layers"/> + 1.</summary>
    public int Of(Parameter parameter) =>
        parameter.Part == ModelPart.Embeddings ? 0 : parameter.Part.Layer + 1 ?? Layers + 1;

    /// <summary>Whether the options leave a parameter as it is.</summary>
    public bool IsFrozen(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth == 0 ? options.FreezeEmbeddings || options.FrozenLayers > 0 : depth <= options.FrozenLayers;
    }

    /// <summary>Whether the options give a parameter a fresh start.</summary>
    public bool IsReinitialized(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth <= Layers && depth > Layers - options.ReinitializedLayers;
    }

    /// <summary>What the learning rate is multiplied by for a parameter: decay^(distance from the top).</summary>
    public double RateFactor(Parameter parameter, TrainingOptions options) => Math.Pow(options.LayerDecay, Layers + 1 - Of(parameter));

    /// <summary>Fails where the options ask for more layers than there are.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public void Check(TrainingOptions options)
    {
        if (options.FrozenLayers > Layers)
            throw new ArgumentException($"FrozenLayers is {options.FrozenLayers}, and the model has {Layers} layers; expected at most as many.", nameof(options));
        if (options.ReinitializedLayers > Layers - options.FrozenLayers)
            throw new ArgumentException($"ReinitializedLayers is {options.ReinitializedLayers}, and the model has {Layers} layers, of which {options.FrozenLayers} are frozen; expected at most the {Layers - options.FrozenLayers} that learn.", nameof(options));
    }
}
