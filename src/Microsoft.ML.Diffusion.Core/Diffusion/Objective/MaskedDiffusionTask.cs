using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Objective;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Trains an encoder to generate text: its masked-language head predicts masked tokens at every mask rate (<see cref="MaskingObjective"/>).
/// </summary>
public sealed class MaskedDiffusionTask : TrainingTask
{
    private readonly MaskedLanguageModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly MaskedTexts _texts;
    private readonly MaskedTexts? _validation;
    private readonly MaskingObjective _objective;
    private readonly MaskingOptions _masking;
    private readonly MaskingObjective? _lowMaskRates;
    private readonly long _lowMaskRateSteps;
    private readonly RaggedTokens _batch = new();
    private int[] _leading = [];

    /// <summary>Makes a task.</summary>
    /// <param name="model">The model, prepared for training.</param>
    /// <param name="tokenizer">The model's tokenizer. Its special tokens are never masked, except the closing one with
    /// <see cref="MaskedTexts.LearnEnd"/>.</param>
    /// <param name="texts">The training texts.</param>
    /// <param name="masking">How they are masked and weighted.</param>
    /// <param name="validation">Texts for measuring the bound; null for none.</param>
    /// <param name="lowMaskRateSteps">
    /// The number of steps at the start that mask at rates from .1 to .6 and use the plain mean, which is more stable for a model with
    /// fresh weights.
    /// </param>
    public MaskedDiffusionTask(
        MaskedLanguageModel model, Tokenizer tokenizer, MaskedTexts texts, MaskingOptions masking, MaskedTexts? validation = null,
        long lowMaskRateSteps = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(masking);
        if (tokenizer.VocabularySize > model.Configuration.VocabularySize)
            throw new ArgumentException(
                $"The tokenizer has {tokenizer.VocabularySize} ids, the model {model.Configuration.VocabularySize}. Use the tokenizer " +
                "that belongs to the model.", nameof(tokenizer));
        if (!model.IsTrainable)
            throw new ArgumentException("The model has no gradients. Call PrepareForTraining first.", nameof(model));
        int longest = Math.Max(Longest(texts), validation is null ? 0 : Longest(validation));
        if (longest > model.Configuration.MaxLength)
            throw new ArgumentException(
                $"The longest text has {longest} tokens but the model takes {model.Configuration.MaxLength}. Make the MaskedTexts with " +
                $"maxLength = {model.Configuration.MaxLength}.", nameof(texts));
        (_model, _tokenizer, _texts, _masking, _lowMaskRateSteps) = (model, tokenizer, texts, masking, lowMaskRateSteps);
        _validation = validation?.Sequences.Count > 0 ? validation : null;
        _objective = new MaskingObjective(masking, tokenizer.MaskToken, texts.IsGiven);
        if (lowMaskRateSteps > 0)
            _lowMaskRates =
                new MaskingObjective(masking with
                    {
                        Schedule = MaskSchedule.Linear, Weighting = LossWeighting.Uniform, MinTime = 0.1, MaxTime = 0.6, Steps = 0
                    }, tokenizer.MaskToken, texts.IsGiven);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => _model.Parameters;

    /// <inheritdoc/>
    public override int Count => _texts.Sequences.Count;

    /// <inheritdoc/>
    public override int Length(int example) => _texts.Sequences[example].Length;

    /// <inheritdoc/>
    internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
    {
        ArgumentNullException.ThrowIfNull(pass);
        if (_leading.Length < examples.Length)
            _leading = new int[examples.Length];
        _batch.Clear();
        for (int i = 0; i < examples.Length; i++)
        {
            _batch.Append(_texts.Sequences[examples[i]]);
            _leading[i] = _texts.Leading[examples[i]];
        }
        MaskingObjective objective = number < _lowMaskRateSteps ? _lowMaskRates! : _objective;
        objective.Corrupt(_batch, _leading.AsSpan(0, examples.Length), [], number);
        if (objective.RowCount == 0)
            return default;
        Tensor hidden = _model.Encoder.Forward(pass, objective.Corrupted);
        Tensor transformed = _model.Head.Transform(pass, pass.Gather(hidden, objective.Rows));
        Loss loss = _model.Head.Loss(pass, transformed, objective.Targets, objective.Weights, objective.LabelSmoothing);
        return new BatchLoss(0, objective.Divisor) { OnDevice = loss };
    }

    /// <inheritdoc/>
    public override double InitializerRange => _model.Configuration.InitializerRange;

    /// <summary>The entropy of the texts' tokens with the label smoothing of the loss; NaN if tokens have their own weights.</summary>
    public override double ChanceLoss
    {
        get
        {
            if (_masking.TokenWeight is not null)
                return double.NaN;
            var counts = new long[_model.Configuration.VocabularySize];
            for (int i = 0; i < _texts.Sequences.Count; i++)
            {
                foreach (int token in _texts.Sequences[i][_texts.Leading[i]..])
                    counts[token] += _texts.IsGiven(token) ? 0 : 1;
            }
            return ChanceLosses.OfSoftmax(counts, [], _masking.LabelSmoothing);
        }
    }

    /// <inheritdoc/>
    internal override void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        fingerprint.Add("the masking's schedule", _masking.Schedule.Name);
        fingerprint.AddHash<double>("the masking's rates", Rates());
        fingerprint.Add("the masking's weighting", _masking.Weighting);
        fingerprint.Add("the masking's steps", _masking.Steps);
        fingerprint.Add("the masking's label smoothing", _masking.LabelSmoothing);
        fingerprint.Add("the masking's share of prefixes", _masking.PrefixShare);
        fingerprint.Add("the masking's share of random lengths", _masking.RandomLengthShare);
        if (_masking.TokenWeight is Func<int, double> weight)
            fingerprint.AddHash<double>("the masking's token weights", Array.ConvertAll(Vocabulary(), token => weight(token)));
        fingerprint.Add("the masking's least time", _masking.MinTime);
        fingerprint.Add("the masking's largest time", _masking.MaxTime);
        fingerprint.Add("the masking's seed", _masking.Seed);
        fingerprint.Add("the steps at low mask rates", _lowMaskRateSteps);
        if (_texts.LearnEnd)
            fingerprint.Add("whether the end is learned", "yes");
        Describe(fingerprint, "texts", _texts);
        if (_validation is not null)
            Describe(fingerprint, "validation texts", _validation);
    }

    /// <summary>What distinguishes schedules of one name: the values of delegates, and the per-token rates of spindles.</summary>
    private double[] Rates()
    {
        IEnumerable<double> rates = Enumerable.Range(0, 65).Select(i => _masking.Schedule.MaskRate(i / 64.0));
        if (_masking.Schedule.DependsOnToken)
            rates = rates.Concat(Vocabulary().Select(token => _masking.Schedule.MaskRate(.5, token)));
        return [.. rates];
    }

    private int[] Vocabulary() => [.. Enumerable.Range(0, _tokenizer.VocabularySize)];

    private static void Describe(Fingerprint fingerprint, string name, MaskedTexts texts)
    {
        fingerprint.AddHash<int>($"the {name}' tokens", texts.Sequences.Tokens);
        fingerprint.AddHash($"the {name}' bounds", texts.Sequences.Bounds);
        fingerprint.AddHash($"the {name}' prompts", texts.Leading);
    }

    private static int Longest(MaskedTexts texts)
    {
        int longest = 0;
        for (int i = 0; i < texts.Sequences.Count; i++)
            longest = Math.Max(longest, texts.Sequences[i].Length);
        return longest;
    }

    /// <summary>The bound (NELBO) on the validation texts, in nats per token, from two draws with a fixed seed.</summary>
    public override Evaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_validation is null)
            return null;
        using var denoiser = new ModelDenoiser(_model, _tokenizer.MaskToken);
        var estimator = new NelboEstimator(denoiser, new NelboOptions { Draws = 2, Seed = 1 }, _validation.IsGiven);
        BoundReport report = estimator.Estimate(_validation.Sequences, _validation.Leading, cancellationToken: cancellationToken);
        return new Evaluation(new Metric("nats per token", report.TotalNats / report.TotalTokens, HigherIsBetter: false));
    }
}
