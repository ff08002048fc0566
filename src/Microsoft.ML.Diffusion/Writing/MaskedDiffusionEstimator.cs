using System.Globalization;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that trains a model to write texts like those of a column, by masked diffusion.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Prompt: [Text](xref:Microsoft.ML.Data.TextDataViewType); Text: Text (the transformer reads only Prompt) |
/// | Output column data type | Output: [Text](xref:Microsoft.ML.Data.TextDataViewType), or known-sized vector of Text (if Samples is above 1); Trace: Text, or known-sized vector of Text (like Output, only if TraceColumnName is set) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Tokens are masked at all rates and predicted, with the weights that make the loss a bound on the likelihood (Sahoo et al., MDLM,
/// 2024; Shi et al., MD4, 2024). The same data, options and seed give the same model, for any number of threads.
/// ]]></format>
/// </remarks>
/// <seealso cref="DiffusionCatalog.MaskedDiffusion(TransformsCatalog.TextTransforms, MaskedDiffusionEstimator.Options)"/>
public sealed class MaskedDiffusionEstimator : TrainingEstimator<DiffusionGenerateTransformer, MaskedLanguageModel>
{
    internal MaskedDiffusionEstimator(IHostEnvironment env, string outputColumnName, string promptColumnName,
        string textColumnName, Options options)
        : base(env, options, setup => new MaskedDiffusionRecipe(setup, outputColumnName, promptColumnName, textColumnName))
    {
    }

    /// <summary>The options: the columns, the training settings, and the settings for writing.</summary>
    public sealed class Options : TrainerOptions
    {
        /// <summary>
        /// Creates options with the settings of docs/training.md for masked diffusion: 3 epochs, batches of up to 2,048 tokens, a
        /// learning rate of 3e-4 that rises during .06 of the steps, and .05 of the texts held out.
        /// </summary>
        public Options() => (Epochs, BatchSize, BatchTokens, LearningRate, WarmUp) = (3, 0, 2048, UsualRate(0), 0.06);

        /// <summary>The output column.</summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>The column with the prompts, text; a prompt may be empty.</summary>
        public string PromptColumnName { get; set; } = "Prompt";

        /// <summary>The column with the training texts, text.</summary>
        public string TextColumnName { get; set; } = "Text";

        /// <summary>The settings for writing.</summary>
        public GenerationOptions Generation { get; set; } = new();

        /// <summary>The schedule for masking the texts during training.</summary>
        public MaskSchedule TrainingSchedule { get; set; } = MaskSchedule.Linear;

        /// <summary>
        /// The strength λ of <see cref="MaskSchedule.Spindle"/>, computed from the tokens of the training texts, in place of
        /// <see cref="TrainingSchedule"/>; 0 for none, .1 to .3 is usual.
        /// </summary>
        public double SpindleStrength { get; set; }

        /// <summary>The weighting of masked tokens in the loss: as a bound on the likelihood, or the plain mean.</summary>
        public LossWeighting Weighting { get; set; } = LossWeighting.Nelbo;

        /// <summary>The smallest time that is drawn, 0 or more: it limits the weight of a token.</summary>
        public double MinTime { get; set; } = 1e-3;

        /// <summary>The largest time that is drawn, at most 1; below 1 the loss is not a bound.</summary>
        public double MaxTime { get; set; } = 1;

        /// <summary>
        /// The number of steps T of discrete time in training; 0 for continuous time, or for the number of entries if the schedule is a
        /// list.
        /// </summary>
        public int TrainingSteps { get; set; }

        /// <summary>The label smoothing ε, from 0 to below 1; above 0 the loss is not a bound. 0.1 is usual.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>
        /// The share of texts whose beginning, of random length, is left unmasked, so that the model learns prompts of every length; 0 to
        /// 1.
        /// </summary>
        public double PrefixShare { get; set; }

        /// <summary>
        /// The share of texts that are cut to a random length, so that the model learns every length; 0 to 1, .01 is usual.
        /// </summary>
        public double RandomLengthShare { get; set; }

        /// <summary>The weight of each token by its id, 0 or more, multiplied by the weight of its time; null for 1 each.</summary>
        public Func<int, double>? TokenWeight { get; set; }

        /// <summary>The learning rate: 3e-4 for every width.</summary>
        /// <param name="width">The model's hidden size.</param>
        public override double UsualRate(int width) => 3e-4;

        private protected override int UsualBatchTokens => 2048;

        private protected override double UsualValidationFraction => 0.05;

        /// <summary>The checked masking options.</summary>
        internal MaskingOptions ToMaskingOptions(IExceptionContext env, int seed)
        {
            env.CheckUserArg(TrainingSchedule is not null, nameof(TrainingSchedule),
                "It is null; expected MaskSchedule.Linear or another schedule");
            env.CheckUserArg(
                SpindleStrength >= 0 && double.IsFinite(SpindleStrength), nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture,
                    $"It is {SpindleStrength}; expected 0 for none, or a finite number above it; 0.1 to 0.3 is usual"));
            env.CheckUserArg(
                SpindleStrength == 0 || TrainingSchedule == MaskSchedule.Linear, nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture,
                    $"It is {SpindleStrength} and TrainingSchedule {TrainingSchedule}; expected one of the two. Set SpindleStrength to 0, " +
                    $"or do not set TrainingSchedule"));
            var masking = new MaskingOptions
            {
                Schedule = TrainingSchedule!,
                Weighting = Weighting,
                MinTime = MinTime,
                MaxTime = MaxTime,
                Steps = TrainingSteps,
                LabelSmoothing = LabelSmoothing,
                PrefixShare = PrefixShare,
                RandomLengthShare = RandomLengthShare,
                TokenWeight = TokenWeight,
                Seed = (ulong)(uint)seed,
            };
            masking.Validate();
            return masking;
        }
    }
}
