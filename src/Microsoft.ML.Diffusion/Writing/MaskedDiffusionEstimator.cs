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
    internal MaskedDiffusionEstimator(IHostEnvironment env, string outputColumnName, string promptColumnName, string textColumnName, Options options)
        : base(env, options, setup => new MaskedDiffusionRecipe(setup, outputColumnName, promptColumnName, textColumnName))
    {
    }

    /// <summary>The columns, how the model is trained, and how its transformer writes.</summary>
    public sealed class Options : TrainerOptions
    {
        /// <summary>
        /// Makes options with the settings that docs/training.md has for masked diffusion: batches of up to 2,048 tokens, a rate of 3e-4 that rises
        /// in .06 of the steps, and .05 of the texts held out.
        /// </summary>
        public Options() => (BatchSize, BatchTokens, LearningRate, WarmUp) = (0, 2048, UsualRate(0), 0.06);

        /// <summary>The column that the transformer writes.</summary>
        public string OutputColumnName { get; set; } = "";

        /// <summary>The column with the prompts, text; a prompt may be empty.</summary>
        public string PromptColumnName { get; set; } = "Prompt";

        /// <summary>The column with the texts to learn from, text.</summary>
        public string TextColumnName { get; set; } = "Text";

        /// <summary>How the transformer writes.</summary>
        public GenerationOptions Generation { get; set; } = new();

        /// <summary>The schedule under which texts are masked while learning.</summary>
        public MaskSchedule TrainingSchedule { get; set; } = MaskSchedule.Linear;

        /// <summary>
        /// λ of <see cref="MaskSchedule.Spindle"/> by the tokens of the texts that are learned, instead of <see cref="TrainingSchedule"/>; 0 for
        /// none, .1 to .3 is usual.
        /// </summary>
        public double SpindleStrength { get; set; }

        /// <summary>How masked tokens weigh in the loss: as a bound, or by the plain mean.</summary>
        public LossWeighting Weighting { get; set; } = LossWeighting.Nelbo;

        /// <summary>The smallest time drawn, 0 or more: it bounds the weight of a token.</summary>
        public double MinTime { get; set; } = 1e-3;

        /// <summary>The largest time drawn, at most 1; below 1 the loss is not a bound.</summary>
        public double MaxTime { get; set; } = 1;

        /// <summary>T, the steps of discrete time in learning; 0 for continuous time, or as many as the schedule is a list of.</summary>
        public int TrainingSteps { get; set; }

        /// <summary>ε of label smoothing, from 0 to below 1; above 0 the loss is no bound. 0.1 is usual.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>The share of texts of which a beginning of random length is left clean, so that prompts of every length are learned; 0 to 1.</summary>
        public double PrefixShare { get; set; }

        /// <summary>The share of texts that are cut to a random length, so that every length is learned; 0 to 1, .01 is usual.</summary>
        public double RandomLengthShare { get; set; }

        /// <summary>What a token weighs beside its time's weight, 0 or more by id; null for 1 each.</summary>
        public Func<int, double>? TokenWeight { get; set; }

        /// <summary>3e-4, whatever the width.</summary>
        /// <param name="width">The model's hidden size.</param>
        public override double UsualRate(int width) => 3e-4;

        private protected override double UsualValidationFraction => 0.05;

        /// <summary>How texts are masked, checked.</summary>
        internal MaskingOptions ToMaskingOptions(IExceptionContext env, int seed)
        {
            env.CheckUserArg(TrainingSchedule is not null, nameof(TrainingSchedule), "It is null; expected MaskSchedule.Linear or another schedule");
            env.CheckUserArg(
                SpindleStrength >= 0 && double.IsFinite(SpindleStrength), nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture, $"It is {SpindleStrength}; expected 0 for none, or a finite number above it; 0.1 to 0.3 is usual"));
            env.CheckUserArg(
                SpindleStrength == 0 || TrainingSchedule == MaskSchedule.Linear, nameof(SpindleStrength),
                string.Create(CultureInfo.InvariantCulture, $"It is {SpindleStrength} and TrainingSchedule {TrainingSchedule}; expected one of the two"));
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
