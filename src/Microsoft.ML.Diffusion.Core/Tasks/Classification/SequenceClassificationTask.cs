using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Trains an encoder with a sequence head to predict a class, labels or a number for texts, or pairs of texts.</summary>
public sealed class SequenceClassificationTask : TrainingTask
{
    private readonly TaskModel _model;
    private readonly SequenceProblem _problem;
    private readonly SequenceExamples _examples;
    private readonly SequenceExamples? _validation;
    private readonly RaggedTokens _batch = new();
    private readonly List<float> _targets = [];
    private int[] _types = [];
    private float[] _logits = [], _gradient = [];

    /// <summary>Makes a task.</summary>
    /// <param name="model">The model, prepared for training.</param>
    /// <param name="problem">The kind of prediction.</param>
    /// <param name="examples">The training examples.</param>
    /// <param name="validation">The validation examples; null for none.</param>
    /// <exception cref="ArgumentException">The model, the problem and the examples do not belong together.</exception>
    public SequenceClassificationTask(TaskModel model, SequenceProblem problem, SequenceExamples examples,
        SequenceExamples? validation = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(examples);
        if (model.Task.Kind != TaskKind.SequenceClassification || model.Task.Problem != problem.Name)
            throw new ArgumentException(
                $"The model's head is for {model.Task.Kind}, {model.Task.Problem}; expected {TaskKind.SequenceClassification}, " +
                $"{problem.Name}. Load the model for that.", nameof(model));
        if (!model.IsTrainable)
            throw new ArgumentException("The model has no gradients. Call PrepareForTraining first.", nameof(model));
        int size = problem.TargetSize(model.Task.Outputs);
        if (examples.TargetSize != size || (validation?.TargetSize ?? size) != size)
            throw new ArgumentException(
                $"Targets have {examples.TargetSize} numbers; expected {size} for this problem with {model.Task.Outputs} outputs.",
                nameof(examples));
        (_model, _problem, _examples, _validation) = (model, problem, examples, validation?.Count > 0 ? validation : null);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => _model.Parameters;

    /// <inheritdoc/>
    public override int Count => _examples.Count;

    /// <inheritdoc/>
    public override int Length(int example) => _examples.Texts.Sequences[example].Length;

    /// <inheritdoc/>
    internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
    {
        ArgumentNullException.ThrowIfNull(pass);
        _batch.Clear();
        _targets.Clear();
        foreach (int example in examples)
        {
            _batch.Append(_examples.Texts.Sequences[example]);
            _targets.AddRange(_examples.Target(example));
        }
        Span<int> types = [];
        if (!_examples.Texts.Types.IsEmpty)
        {
            if (_types.Length < _batch.TokenCount)
                _types = new int[_batch.TokenCount];
            types = _types.AsSpan(0, _batch.TokenCount);
            for (int i = 0; i < examples.Length; i++)
                _examples.Texts.TypesOf(examples[i]).CopyTo(types[_batch.Bounds[i]..]);
        }
        Tensor logits = _model.Head.ForSequences(pass, _model.Encoder.Forward(pass, _batch, types), _batch);
        int length = logits.Rows * logits.Columns;
        if (_logits.Length < length)
            (_logits, _gradient) = (new float[length], new float[length]);
        pass.Read(logits, _logits.AsSpan(0, length));
        Span<float> gradient = _gradient.AsSpan(0, length);
        BatchLoss loss = _problem.Loss(_logits.AsSpan(0, length), CollectionsMarshal.AsSpan(_targets), gradient);
        pass.AddLoss(logits, gradient);
        return loss;
    }

    /// <summary>The problem's metrics on the validation examples.</summary>
    public override Evaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_validation is null)
            return null;
        using var predictor = new SequencePredictor(_model, _problem);
        return _problem.Measure(predictor.Predict(_validation.Texts, cancellationToken), _validation.Targets, _model.Task.Outputs);
    }

    /// <inheritdoc/>
    public override double InitializerRange => _model.Configuration.InitializerRange;

    /// <inheritdoc/>
    public override double ChanceLoss => _problem.ChanceLoss(_examples.Targets);

    /// <inheritdoc/>
    internal override void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        fingerprint.AddDropout(_model.Configuration);
        fingerprint.Add("the problem", _problem.ToString()!);
        fingerprint.Add("the labels", string.Join('\n', _model.Task.Labels));
        fingerprint.Add("the pooling", _model.Configuration.Head.Pooling);
        Describe(fingerprint, "examples", _examples);
        if (_validation is not null)
            Describe(fingerprint, "validation examples", _validation);
    }

    private static void Describe(Fingerprint fingerprint, string name, SequenceExamples examples)
    {
        fingerprint.AddHash<int>($"the {name}' tokens", examples.Texts.Sequences.Tokens);
        fingerprint.AddHash($"the {name}' bounds", examples.Texts.Sequences.Bounds);
        fingerprint.AddHash($"the {name}' types", examples.Texts.Types);
        fingerprint.AddHash($"the {name}' targets", examples.Targets);
    }
}
