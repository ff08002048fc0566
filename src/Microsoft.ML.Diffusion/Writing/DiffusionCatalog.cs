using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Adds masked diffusion to <c>mlContext.Transforms.Text</c>.</summary>
public static class DiffusionCatalog
{
    /// <summary>Writes a text after each row's prompt.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that is written: text, or a vector of texts where Samples is above 1.</param>
    /// <param name="inputColumnName">The column with the prompts, text; an empty prompt writes unconditionally. Null stands for the output column's name.</param>
    /// <param name="options">How to write; null for the defaults, with the embedded model. The columns that it names give way to those named here.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    public static DiffusionGenerateEstimator DiffusionGenerate(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null, DiffusionGenerateEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new DiffusionGenerateEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName, options ?? new DiffusionGenerateEstimator.Options());
    }

    /// <inheritdoc cref="DiffusionGenerate(TransformsCatalog.TextTransforms, string, string, DiffusionGenerateEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how to write.</param>
    public static DiffusionGenerateEstimator DiffusionGenerate(this TransformsCatalog.TextTransforms catalog, DiffusionGenerateEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return catalog.DiffusionGenerate(options.OutputColumnName, options.InputColumnName, options);
    }

    /// <summary>
    /// Fills the gaps of each row's text, a <see cref="TextTemplate"/>: <c>{5}</c> is a gap of 5 tokens, <c>{3..8}</c> one of 3 to 8, <c>{}</c> one of
    /// the options' lengths; <c>{{</c> and <c>}}</c> are braces.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that is written, the texts with their gaps filled: text, or a vector of texts where Samples is above 1.</param>
    /// <param name="inputColumnName">The column with the templates, text. Null stands for the output column's name.</param>
    /// <param name="options">How to write; null for the defaults, with the embedded model. The columns that it names give way to those named here.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Diffusion.Checkpoints.CheckpointException">The model cannot be read.</exception>
    public static InfillEstimator Infill(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null, InfillEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new InfillEstimator(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName, options ?? new InfillEstimator.Options());
    }

    /// <inheritdoc cref="Infill(TransformsCatalog.TextTransforms, string, string, InfillEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model and how to write.</param>
    public static InfillEstimator Infill(this TransformsCatalog.TextTransforms catalog, InfillEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return catalog.Infill(options.OutputColumnName, options.InputColumnName, options);
    }

    /// <summary>
    /// Teaches a model to write texts like those of a column, each after its prompt. What Fit returns is the transformer of
    /// <see cref="DiffusionCatalog.DiffusionGenerate(TransformsCatalog.TextTransforms, DiffusionGenerateEstimator.Options)"/>, which needs the prompts only.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column that the transformer writes.</param>
    /// <param name="promptColumnName">The column with the prompts, text; a prompt may be empty.</param>
    /// <param name="textColumnName">The column with the texts to learn from, text.</param>
    /// <param name="options">How to train and how to write; null for the defaults. The columns that it names give way to those named here.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static MaskedDiffusionEstimator MaskedDiffusion(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string promptColumnName = "Prompt", string textColumnName = "Text", MaskedDiffusionEstimator.Options? options = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new MaskedDiffusionEstimator(catalog.GetEnvironment(), outputColumnName, promptColumnName, textColumnName, options ?? new MaskedDiffusionEstimator.Options());
    }

    /// <inheritdoc cref="MaskedDiffusion(TransformsCatalog.TextTransforms, string, string, string, MaskedDiffusionEstimator.Options)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns, the model, how it is trained and how its transformer writes.</param>
    public static MaskedDiffusionEstimator MaskedDiffusion(this TransformsCatalog.TextTransforms catalog, MaskedDiffusionEstimator.Options options)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(options, nameof(options));
        return catalog.MaskedDiffusion(options.OutputColumnName, options.PromptColumnName, options.TextColumnName, options);
    }
}
