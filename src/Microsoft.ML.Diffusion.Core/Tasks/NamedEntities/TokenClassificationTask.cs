using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Trains an encoder to label words: the cross-entropy of each word's label, at the word's first token. A batch's loss is the mean over its
/// labeled words, weighted by the weights of their labels.
/// </summary>
public sealed class TokenClassificationTask : TrainingTask
{
    private readonly TaskModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly TokenClassificationExamples _examples;
    private readonly IReadOnlyList<TaggedWords> _validation;
    private readonly TokenClassificationOptions _options;
    private readonly float[] _classWeights;
    private readonly RaggedTokens _batch = new();
    private readonly List<int> _rows = [];
    private readonly List<int> _targets = [];
    private float[] _logits = [];
    private float[] _gradient = [];

    /// <summary>Makes a task.</summary>
    /// <param name="model">The model, with a token-classification head, prepared for training.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="examples">The training examples.</param>
    /// <param name="options">Options of the loss; null for the defaults.</param>
    /// <param name="validation">Texts to measure entity F1 on; null for none.</param>
    /// <exception cref="ArgumentException">The model is not prepared or has another head, an example does not fit it,
    /// or an option is out of range.</exception>
    public TokenClassificationTask(
        TaskModel model, Tokenizer tokenizer, TokenClassificationExamples examples, TokenClassificationOptions? options = null,
        IReadOnlyList<TaggedWords>? validation = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(examples);
        CheckModel(model, tokenizer);
        if (!model.IsTrainable)
            throw new ArgumentException("The model has no gradients. Call PrepareForTraining first.", nameof(model));
        (_model, _tokenizer, _examples, _options, _validation) =
            (model, tokenizer, examples, options ?? new TokenClassificationOptions(), validation ?? []);
        _classWeights = ClassWeights.Normalize([.. _options.ClassWeights.Select(weight => (double)weight)]);
        if (_classWeights.Length > 0 && _classWeights.Length != model.Task.Outputs)
            throw new ArgumentException(
                $"There are {_classWeights.Length} class weights for {model.Task.Outputs} labels; expected one per label, or none.",
                nameof(options));
        if (_options.LabelSmoothing is not (>= 0 and < 1))
            throw new ArgumentException($"LabelSmoothing is {_options.LabelSmoothing}; expected a share from 0 to below 1.",
                nameof(options));
        for (int i = 0; i < examples.Count; i++)
        {
            if (examples[i].Tokens.Length > model.Configuration.MaxLength || examples[i].Targets.Max() >= model.Task.Outputs)
                throw new ArgumentException(
                    $"Example {i} has {examples[i].Tokens.Length} tokens and labels up to {examples[i].Targets.Max()}, but the model " +
                    $"takes {model.Configuration.MaxLength} tokens and has {model.Task.Outputs} labels. Make the examples with this " +
                    "model's configuration.", nameof(examples));
        }
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => _model.Parameters;

    /// <inheritdoc/>
    public override int Count => _examples.Count;

    /// <inheritdoc/>
    public override int Length(int example) => _examples[example].Tokens.Length;

    /// <inheritdoc/>
    internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
    {
        ArgumentNullException.ThrowIfNull(pass);
        _batch.Clear();
        _rows.Clear();
        _targets.Clear();
        double weight = 0;
        foreach (int index in examples)
        {
            TokenClassificationExample example = _examples[index];
            int start = _batch.TokenCount;
            _batch.Append(example.Tokens);
            foreach (int row in example.Rows)
                _rows.Add(start + row);
            _targets.AddRange(example.Targets);
            foreach (int target in example.Targets)
                weight += _classWeights.Length == 0 ? 1 : _classWeights[target];
        }
        if (weight == 0)
            return default;
        int length = _rows.Count * _model.Task.Outputs;
        if (_logits.Length < length)
            (_logits, _gradient) = (new float[length], new float[length]);
        Span<float> values = _logits.AsSpan(0, length), gradient = _gradient.AsSpan(0, length);
        Tensor hidden = _model.Encoder.Forward(pass, _batch);
        Tensor logits = _model.Head.ForTokens(pass, hidden, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows));
        pass.Read(logits, values);
        double sum = SoftmaxCrossEntropy.Compute(
            values, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_targets), [], _classWeights,
            _options.LabelSmoothing, gradient);
        pass.AddLoss(logits, gradient);
        return new BatchLoss(sum, weight);
    }

    /// <summary>Entity F1 (micro), precision, recall and the fraction of words labeled right.</summary>
    public override Evaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_validation.Count == 0)
            return null;
        using var classifier = new TokenClassifier(_model, _tokenizer, _options.Prediction);
        EntityEvaluator evaluator = Evaluate(classifier, _validation, cancellationToken);
        return new Evaluation(
            new Metric("entity F1", evaluator.Overall.F1),
            new Metric("precision", evaluator.Overall.Precision),
            new Metric("recall", evaluator.Overall.Recall),
            new Metric("word accuracy", evaluator.TagAccuracy));
    }

    /// <inheritdoc/>
    public override double InitializerRange => _model.Configuration.InitializerRange;

    /// <summary>The entropy of the labels, with the smoothing and weights of the loss.</summary>
    public override double ChanceLoss
    {
        get
        {
            var counts = new long[_model.Task.Outputs];
            foreach (int target in Enumerable.Range(0, _examples.Count).SelectMany(i => _examples[i].Targets))
                counts[target]++;
            return ChanceLosses.OfSoftmax(counts, _classWeights, _options.LabelSmoothing);
        }
    }

    /// <inheritdoc/>
    internal override void Describe(Fingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        fingerprint.AddDropout(_model.Configuration);
        fingerprint.Add("the labels", string.Join('\n', _model.Task.Labels));
        fingerprint.AddHash<float>("the class weights", _classWeights);
        fingerprint.Add("the label smoothing", _options.LabelSmoothing);
        fingerprint.Add("the decoding", _options.Prediction.ConstrainedDecoding ? "constrained" : "free");
        TokenClassificationExample[] examples = [.. Enumerable.Range(0, _examples.Count).Select(i => _examples[i])];
        fingerprint.AddHash<int>("the examples' lengths",
            [.. examples.SelectMany(example => (int[])[example.Tokens.Length, example.Rows.Length])]);
        fingerprint.AddHash<int>("the examples' tokens", [.. examples.SelectMany(example => example.Tokens)]);
        fingerprint.AddHash<int>("the examples' words", [.. examples.SelectMany(example => example.Rows)]);
        fingerprint.AddHash<int>("the examples' labels", [.. examples.SelectMany(example => example.Targets)]);
        fingerprint.AddHash<int>("the validation texts' tokens",
            [.. _validation.SelectMany(text => text.Sequence.Words.Select(word => word.TokenCount)
                .Concat(text.Sequence.Tokens.ToArray()))]);
        fingerprint.AddHash<char>("the validation texts' labels",
            string.Join('\n', _validation.Select(text => string.Join(' ', text.Tags))));
    }

    /// <summary>Labels texts and counts the entities found. Words without a known label are removed before entities are read.</summary>
    /// <param name="classifier">Labels them.</param>
    /// <param name="texts">The texts and their actual labels.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    public static EntityEvaluator Evaluate(TokenClassifier classifier, IReadOnlyList<TaggedWords> texts,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(texts);
        var evaluator = new EntityEvaluator(TagReading.Lenient, classifier.Labels);
        WordLabels[] predicted = classifier.Predict([.. texts.Select(text => text.Sequence)], cancellationToken);
        for (int i = 0; i < texts.Count; i++)
        {
            var actualTags = new List<string>();
            var predictedTags = new List<string>();
            for (int word = 0; word < predicted[i].Labels.Length; word++)
            {
                if (texts[i].Tags[word] is not string tag)
                    continue;
                actualTags.Add(tag);
                predictedTags.Add(classifier.Labels[predicted[i].Labels[word]]);
            }
            evaluator.Add(actualTags, predictedTags);
        }
        return evaluator;
    }

    /// <exception cref="ArgumentException">The model's head is for another task, or the tokenizer belongs to another model.</exception>
    internal static void CheckModel(TaskModel model, Tokenizer tokenizer)
    {
        if (model.Task.Kind != TaskKind.TokenClassification)
            throw new ArgumentException(
                $"The model's head is for {model.Task.Kind}; expected {TaskKind.TokenClassification}. Load the model for that task.",
                nameof(model));
        if (tokenizer.VocabularySize > model.Configuration.VocabularySize)
            throw new ArgumentException(
                $"The tokenizer has {tokenizer.VocabularySize} ids, the model {model.Configuration.VocabularySize}. Use the tokenizer " +
                "that belongs to the model.", nameof(tokenizer));
    }
}
