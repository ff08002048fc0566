using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Labels the words of texts. A text's labels depend only on it, not on the texts labeled with it. One thread at a time may use it; several
/// classifiers may share the model.
/// </summary>
public sealed class TokenClassifier : IDisposable
{
    private readonly TaskModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly int _batchTokens;
    private readonly int _capacity;
    private readonly int _strideOverlap;
    private readonly LabelDecoder _decoder;
    private readonly Pass _pass;
    private readonly RaggedTokens _batch = new();
    private readonly List<(int Text, LabelWindow Window)> _windows = [];
    private readonly List<int> _rows = [];
    private float[] _logits = [];

    /// <summary>Makes a classifier.</summary>
    /// <param name="model">The model, with a token-classification head; the classifier does not dispose it.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="options">How words are labeled; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model's head is for another task, or an option is out of range.</exception>
    public TokenClassifier(TaskModel model, Tokenizer tokenizer, TokenClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new TokenClassifierOptions();
        TokenClassificationTask.CheckModel(model, tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchTokens, 1, nameof(options));
        (_model, _tokenizer, _batchTokens) = (model, tokenizer, options.BatchTokens);
        (_capacity, _strideOverlap) = options.Windows.For(model.Configuration);
        Labels = new LabelSet(model.Task.Labels);
        _decoder = new LabelDecoder(Labels, options.ConstrainedDecoding);
        _pass = Pass.ForInference(model.Engine);
    }

    /// <summary>The labels, in the order of the head's outputs.</summary>
    public LabelSet Labels { get; }

    /// <summary>The number of texts so far that were split into several windows.</summary>
    public long SplitTexts { get; private set; }

    /// <summary>The number of words so far with more tokens than a window; only their first tokens were read.</summary>
    public long CutWords { get; private set; }

    /// <summary>Labels the words of some texts.</summary>
    /// <param name="texts">The texts; one may have no words.</param>
    /// <param name="cancellationToken">Checked throughout.</param>
    /// <returns>The labels of each text.</returns>
    /// <exception cref="ArithmeticException">The model's output is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public WordLabels[] Predict(IReadOnlyList<WordSequence> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _pass.CancellationToken = cancellationToken;
        var logProbabilities = new double[texts.Count][];
        _windows.Clear();
        int tokens = 0;
        for (int text = 0; text < texts.Count; text++)
        {
            WordSequence sequence = texts[text];
            logProbabilities[text] = new double[sequence.Words.Count * Labels.Count];
            LabelWindow[] windows = LabelWindow.Cut(sequence, _tokenizer, _capacity, _strideOverlap);
            SplitTexts += windows.Length > 1 ? 1 : 0;
            CutWords += sequence.Words.Count(word => word.TokenCount > _capacity);
            foreach (LabelWindow window in windows)
            {
                if (_windows.Count > 0 && tokens + window.Tokens.Length > _batchTokens)
                {
                    RunBatch(logProbabilities, cancellationToken);
                    tokens = 0;
                }
                _windows.Add((text, window));
                tokens += window.Tokens.Length;
            }
        }
        if (_windows.Count > 0)
            RunBatch(logProbabilities, cancellationToken);
        return Array.ConvertAll(logProbabilities, _decoder.Decode);
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();

    /// <summary>Runs the collected windows, and takes the log-probabilities of their words.</summary>
    private void RunBatch(double[][] logProbabilities, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _batch.Clear();
        _rows.Clear();
        foreach ((_, LabelWindow window) in _windows)
        {
            int start = _batch.TokenCount;
            _batch.Append(window.Tokens);
            foreach (int row in window.Rows)
                _rows.Add(start + row);
        }
        int labels = Labels.Count, length = _rows.Count * labels;
        if (_logits.Length < length)
            _logits = new float[length];
        _pass.Begin();
        Tensor hidden = _model.Encoder.Forward(_pass, _batch);
        Tensor logits = _model.Head.ForTokens(_pass, hidden, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows));
        _pass.Read(logits, _logits.AsSpan(0, length));
        int next = 0;
        foreach ((int text, LabelWindow window) in _windows)
        {
            foreach (int word in window.Words)
                Softmax.LogProbabilities(_logits.AsSpan(next++ * labels, labels), logProbabilities[text].AsSpan(word * labels, labels));
        }
        _windows.Clear();
    }
}
