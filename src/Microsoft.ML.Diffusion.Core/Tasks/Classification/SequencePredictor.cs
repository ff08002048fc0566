using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Scores texts with an encoder that has a sequence head. One thread at a time may use it; several predictors may share the model.
/// </summary>
public sealed class SequencePredictor : IDisposable
{
    /// <summary>
    /// The most tokens of texts computed together, unless one text has more: enough to keep an engine busy in little memory.
    /// </summary>
    private const int TokensInBatch = 2048;

    private readonly TaskModel _model;
    private readonly SequenceProblem _problem;
    private readonly Pass _pass;
    private readonly RaggedTokens _batch = new();
    private float[] _logits = [];

    /// <summary>Makes a predictor.</summary>
    /// <param name="model">The model, which the predictor does not dispose.</param>
    /// <param name="problem">How the logits are read; null for the model's own problem.</param>
    /// <exception cref="ArgumentException">The model does not have a sequence head.</exception>
    public SequencePredictor(TaskModel model, SequenceProblem? problem = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Task.Kind != TaskKind.SequenceClassification)
            throw new ArgumentException(
                $"The model's head is for {model.Task.Kind}; expected {TaskKind.SequenceClassification}. Load the model for that.",
                nameof(model));
        (_model, _problem, _pass) = (model, problem ?? SequenceProblem.Of(model.Task), Pass.ForInference(model.Engine));
    }

    /// <summary>Scores texts, each by itself: a text's scores are the same, bit for bit, whatever texts are scored with it.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Checked within a run of the model.</param>
    /// <returns>Probabilities, or the numbers of a regression, [texts × outputs].</returns>
    /// <exception cref="ArithmeticException">A logit is NaN or infinite: the model's weights are damaged.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public float[] Predict(TextSequences texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _pass.CancellationToken = cancellationToken;
        int count = texts.Sequences.Count, outputs = _model.Task.Outputs;
        ReadOnlySpan<int> bounds = texts.Sequences.Bounds;
        var scores = new float[count * outputs];
        // Batches of similar size: a small one at the end would leave the engine idle.
        int batches = Math.Max(1, (bounds[count] + TokensInBatch - 1) / TokensInBatch);
        for (int first = 0, end, batch = 1; first < count; first = end, batch++)
        {
            long limit = (long)bounds[count] * batch / batches;
            for (end = first + 1; end < count && bounds[end] < limit;)
                end++;
            ReadOnlySpan<int> types = texts.Types.IsEmpty ? [] : texts.Types[bounds[first]..bounds[end]];
            Score(texts.Sequences, first, end, types, scores.AsSpan(first * outputs, (end - first) * outputs));
        }
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();

    private void Score(RaggedTokens sequences, int first, int end, ReadOnlySpan<int> types, Span<float> scores)
    {
        _batch.Clear();
        for (int i = first; i < end; i++)
            _batch.Append(sequences[i]);
        if (_logits.Length < scores.Length)
            _logits = new float[scores.Length];
        _pass.Begin();
        Tensor logits = _model.Head.ForSequences(_pass, _model.Encoder.Forward(_pass, _batch, types), _batch);
        _pass.Read(logits, _logits.AsSpan(0, scores.Length));
        int outputs = _model.Task.Outputs;
        for (int start = 0; start < scores.Length; start += outputs)
            _problem.Score(_logits.AsSpan(start, outputs), scores.Slice(start, outputs));
    }
}
