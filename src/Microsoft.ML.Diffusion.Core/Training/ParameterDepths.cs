using System.Globalization;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// Where each parameter stands in its model, by its name: 0 the embeddings, 1 … <see cref="Layers"/> the layers, and above them the
/// heads and a final normalisation. A decoder that is the token table stands with the embeddings.
/// </summary>
internal sealed class ParameterDepths
{
    private const string LayerPrefix = "layers.";

    public ParameterDepths(ParameterSet parameters) => Layers = parameters.All.Max(parameter => LayerOf(parameter) + 1);

    /// <summary>The number of layers.</summary>
    public int Layers { get; }

    /// <summary>The depth of a parameter, from 0 to <see cref="Layers"/> + 1.</summary>
    public int Of(Parameter parameter) =>
        parameter.Name.StartsWith("embeddings.", StringComparison.Ordinal) ? 0 : LayerOf(parameter) is >= 0 and int layer ? layer + 1 : Layers + 1;

    /// <summary>Whether the options leave a parameter as it is.</summary>
    public bool IsFrozen(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth == 0 ? options.FreezeEmbeddings || options.FrozenLayers > 0 : depth <= options.FrozenLayers;
    }

    /// <summary>Whether the options give a parameter a fresh start.</summary>
    public bool IsReinitialised(Parameter parameter, TrainingOptions options)
    {
        int depth = Of(parameter);
        return depth <= Layers && depth > Layers - options.ReinitialisedLayers;
    }

    /// <summary>What the learning rate is multiplied by for a parameter: decay^(distance from the top).</summary>
    public double RateFactor(Parameter parameter, TrainingOptions options) => Math.Pow(options.LayerDecay, Layers + 1 - Of(parameter));

    /// <summary>Fails where the options ask for more layers than there are.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public void Check(TrainingOptions options)
    {
        if (options.FrozenLayers > Layers)
            throw new ArgumentException($"FrozenLayers is {options.FrozenLayers}, and the model has {Layers} layers; expected at most as many.", nameof(options));
        if (options.ReinitialisedLayers > Layers - options.FrozenLayers)
            throw new ArgumentException($"ReinitialisedLayers is {options.ReinitialisedLayers}, and the model has {Layers} layers, of which {options.FrozenLayers} are frozen; expected at most the {Layers - options.FrozenLayers} that learn.", nameof(options));
    }

    private static int LayerOf(Parameter parameter)
    {
        if (!parameter.Name.StartsWith(LayerPrefix, StringComparison.Ordinal))
            return -1;
        ReadOnlySpan<char> rest = parameter.Name.AsSpan(LayerPrefix.Length);
        return int.TryParse(rest[..Math.Max(0, rest.IndexOf('.'))], NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : -1;
    }
}
