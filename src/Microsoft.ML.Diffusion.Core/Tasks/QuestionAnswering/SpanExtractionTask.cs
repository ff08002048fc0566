using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Trains an encoder to find answers (Devlin et al., "BERT", 2018): in each window one softmax over all positions for the answer's start,
/// and one for its end. Where the answer is not wholly in the window, both targets are the classification token
/// (<see cref="SpanCrossEntropy"/>). All windows have the same weight.
/// </summary>
public sealed class SpanExtractionTask : TrainingTask
{
    private readonly TaskModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly QuestionExamples _examples;
    private readonly IReadOnlyList<GoldQuestion> _validation;
    private readonly SpanDecoderOptions _decoder;
    private readonly SpanHead _head;
    private readonly RaggedTokens _batch = new();
    private readonly List<QuestionWindow> _windows = [];
    private float[] _gradient = [];

    /// <summary>Makes a task.</summary>
    /// <param name="model">A model with a question-answering head, prepared for training.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="examples">The training examples.</param>
    /// <param name="decoder">How answers are decoded for validation.</param>
    /// <param name="validation">Validation questions; empty for no validation.</param>
    /// <exception cref="ArgumentException">The model does not fit this task, or the windows are longer than its maximum.</exception>
    public SpanExtractionTask(
        TaskModel model, Tokenizer tokenizer, QuestionExamples examples, SpanDecoderOptions decoder, IReadOnlyList<GoldQuestion> validation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(validation);
        decoder.Validate();
        if (!model.IsTrainable)
            throw new ArgumentException("The model has no gradients. Call PrepareForTraining first.", nameof(model));
        (_model, _tokenizer, _examples, _decoder, _validation) = (model, tokenizer, examples, decoder, validation);
        _head = new SpanHead(model, tokenizer, examples.Windows);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => _model.Parameters;

    /// <summary>The number of windows.</summary>
    public override int Count => _examples.Sequences.Count;

    /// <inheritdoc/>
    public override int Length(int example) => _examples.Window(example).Length;

    /// <inheritdoc/>
    internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
    {
        ArgumentNullException.ThrowIfNull(pass);
        _batch.Clear();
        _windows.Clear();
        foreach (int example in examples)
        {
            _batch.Append(_examples.Sequences[example]);
            _windows.Add(_examples.Window(example));
        }
        Tensor logits = _head.Forward(pass, _batch, _windows);
        ReadOnlySpan<float> values = _head.Read(pass, logits);
        if (_gradient.Length < values.Length)
            _gradient = new float[values.Length];
        double loss = 0;
        for (int i = 0; i < examples.Length; i++)
        {
            int first = 2 * _batch.Bounds[i], length = 2 * _windows[i].Length;
            loss += SpanCrossEntropy.Compute(values.Slice(first, length), _examples.Target(examples[i]), weight: 1,
                _gradient.AsSpan(first, length));
        }
        pass.AddLoss(logits, _gradient.AsSpan(0, values.Length));
        return new BatchLoss(loss, examples.Length);
    }

    /// <summary>
    /// F1 (the deciding metric) and exact match of the validation questions, by the official rules; if a context may contain no answer, the
    /// values at the best threshold.
    /// </summary>
    public override Evaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_validation.Count == 0)
            return null;
        SquadReport report = AnswerScores.Of(_model, _tokenizer, _examples.Windows, _decoder, _validation, cancellationToken);
        return _decoder.AllowNoAnswer
            ? new Evaluation(new Metric("best F1", report.BestF1.Score), new Metric("best exact match", report.BestExactMatch.Score))
            : new Evaluation(new Metric("F1", report.Overall.F1), new Metric("exact match", report.Overall.ExactMatch));
    }

    /// <inheritdoc/>
    public override double InitializerRange => _model.Configuration.InitializerRange;

    /// <summary>The mean over windows of log length: the loss of uniform probabilities over positions.</summary>
    public override double ChanceLoss => Enumerable.Range(0, Count).Average(example => Math.Log(Length(example)));

    /// <inheritdoc/>
    internal override void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        fingerprint.AddDropout(_model.Configuration);
        fingerprint.AddHash<int>("the examples' tokens", _examples.Sequences.Tokens);
        fingerprint.AddHash("the examples' bounds", _examples.Sequences.Bounds);
        fingerprint.AddHash<TokenSpan>("the examples' answers", [.. Enumerable.Range(0, Count).Select(_examples.Target)]);
        fingerprint.AddHash<QuestionWindow>("the examples' windows", [.. Enumerable.Range(0, Count).Select(_examples.Window)]);
        fingerprint.Add("how contexts are cut", _examples.Windows.ToString());
        fingerprint.Add("how answers are read", _decoder.ToString());
        fingerprint.AddHash<char>("the validation questions",
            string.Join('\n', _validation.Select(question => $"{question.Asked}{string.Join('\t', question.Golds)}")));
    }
}
