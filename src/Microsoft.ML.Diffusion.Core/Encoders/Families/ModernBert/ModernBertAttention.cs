using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders.Families.ModernBert;

/// <summary>
/// Which layers of a ModernBERT see everything, and the bases of their rotary positions. Transformers 5 writes <c>layer_types</c> and
/// <c>rope_parameters</c>; 4.x wrote <c>global_attn_every_n_layers</c>, <c>global_rope_theta</c> and
/// <c>local_rope_theta</c>. Where a file has both, they must agree: Transformers itself would read one or the other, by its version.
/// </summary>
internal static class ModernBertAttention
{
    private const string Full = "full_attention", Sliding = "sliding_attention", LayerTypes = "layer_types",
        RopeParameters = "rope_parameters";
    private const string Interval = "global_attn_every_n_layers", GlobalTheta = "global_rope_theta", LocalTheta = "local_rope_theta";
    private const string Agreement = "Keep the ones that the model was trained with, or use the file that was saved with it.";

    /// <summary>Reads the layers that see everything.</summary>
    /// <exception cref="CheckpointException">A layer is of an unknown type, their number is not the model's,
    /// or old and new keys disagree.</exception>
    public static LayerPattern ReadGlobalLayers(ConfigurationJson configuration, int layers)
    {
        LayerPattern every = LayerPattern.Every(configuration.Int(Interval, 3, minimum: 1, maximum: 1024));
        if (!configuration.Has(LayerTypes))
            return every;
        IReadOnlyList<string> types = configuration.Strings(LayerTypes);
        if (types.Count != layers)
            throw configuration.Error(LayerTypes, $"one type for each of the {layers} layers (num_hidden_layers)");
        if (types.FirstOrDefault(type => type is not (Full or Sliding)) is string unknown)
            throw configuration.Unsupported(LayerTypes, $"the type \"{unknown}\"", $"\"{Full}\" and \"{Sliding}\"");
        bool[] isGlobal = [.. types.Select(type => type == Full)];
        if (configuration.Has(Interval) && isGlobal.Where((global, layer) => global != every.Contains(layer)).Any())
            throw configuration.Contradiction(LayerTypes, Interval, Agreement);
        return LayerPattern.Of(isGlobal);
    }

    /// <summary>Reads the bases of rotary positions, in layers that see everything and in the others.</summary>
    /// <exception cref="CheckpointException">Positions are scaled or partly rotary, or old and new keys disagree.</exception>
    public static (double Global, double Local) ReadThetas(ConfigurationJson configuration)
    {
        if (configuration.Has("rope_scaling"))
            CheckUnscaled(configuration.Section("rope_scaling"), "rope_scaling");
        double global = Theta(configuration, GlobalTheta, 160000);
        double local = configuration.IsNull(LocalTheta) ? global : Theta(configuration, LocalTheta, 10000);
        if (!configuration.Has(RopeParameters))
            return (global, local);
        ConfigurationJson rope = configuration.Section(RopeParameters);
        if (rope.PropertyNames.FirstOrDefault(name => name is not (Full or Sliding) && rope.Has(name)) is string other)
            throw configuration.Unsupported(RopeParameters, $"the entry \"{other}\"",
                $"the entries \"{Full}\" and \"{Sliding}\", one for each type of layer");
        double newGlobal = Theta(rope, Full) ?? global, newLocal = Theta(rope, Sliding) ?? (IsNullTheta(rope) ? newGlobal : local);
        if (configuration.Has(GlobalTheta) && newGlobal != global)
            throw configuration.Contradiction(RopeParameters, GlobalTheta, Agreement);
        if ((configuration.Has(LocalTheta) || configuration.IsNull(LocalTheta)) && newLocal != local)
            throw configuration.Contradiction(RopeParameters, LocalTheta, Agreement);
        return (newGlobal, newLocal);
    }

    /// <summary>Reads the width of the window: <c>local_attention</c>, of which <c>sliding_window</c> is half.</summary>
    /// <exception cref="CheckpointException">The two disagree.</exception>
    public static int ReadWindow(ConfigurationJson configuration)
    {
        int window = configuration.Int("local_attention", 128, minimum: 1, maximum: 1 << 20);
        if (!configuration.Has("sliding_window"))
            return window;
        int half = configuration.Int("sliding_window", minimum: 0, maximum: 1 << 19);
        if (configuration.Has("local_attention") && half != window / 2)
            throw configuration.Contradiction("sliding_window", "local_attention",
                "sliding_window is half of local_attention. " + Agreement);
        return configuration.Has("local_attention") ? window : Math.Max(2 * half, 1);
    }

    private static double Theta(ConfigurationJson configuration, string name, double defaultValue) =>
        configuration.Double(name, defaultValue, minimum: 1, maximum: 1e12);

    private static double? Theta(ConfigurationJson rope, string layerType)
    {
        if (!rope.Has(layerType))
            return null;
        ConfigurationJson parameters = rope.Section(layerType);
        CheckUnscaled(parameters, RopeParameters);
        return parameters.Has("rope_theta") ? Theta(parameters, "rope_theta", 1) : null;
    }

    private static bool IsNullTheta(ConfigurationJson rope) => rope.Has(Sliding) && rope.Section(Sliding).IsNull("rope_theta");

    private static void CheckUnscaled(ConfigurationJson parameters, string name)
    {
        foreach (string type in (string[])["rope_type", "type"])
        {
            if (parameters.String(type, "default") is var given and not "default")
                throw parameters.Unsupported(type, $"\"{given}\"", $"\"default\" in {name}, positions that are not scaled");
        }
        if (parameters.Double("partial_rotary_factor", 1) != 1)
            throw parameters.Unsupported("partial_rotary_factor", "another value than 1", "1, heads that are rotary as a whole");
    }
}
