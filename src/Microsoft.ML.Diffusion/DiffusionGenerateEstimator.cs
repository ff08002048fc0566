using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Writes a text after each row's prompt with a masked-diffusion model: all positions start masked, and step by step the model
/// fills some in, in parallel (Sahoo et al., MDLM, 2024). It has nothing to learn: Fit checks the schema.
/// </summary>
/// <remarks>
/// A row's text is a function of its prompt, the options and the seed alone: not of its place, of other rows, or of the number of
/// threads. Special tokens are never written.
/// </remarks>
public sealed class DiffusionGenerateEstimator : TrivialEstimator<DiffusionGenerateTransformer>
{
    internal DiffusionGenerateEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, Options options)
        : base(env.Register(nameof(DiffusionGenerateEstimator)), DiffusionGenerateTransformer.FromModel(env, outputColumnName, inputColumnName, options))
    {
    }

    /// <inheritdoc/>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        TextColumns.Check(Host, inputSchema, Transformer.InputColumnName, "input");
        return TextColumns.WithOutput(inputSchema, Transformer.OutputColumnName, Transformer.Settings.Samples);
    }

    /// <summary>How texts are written.</summary>
    public sealed class Options : GenerationOptions;
}
