using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>
/// Computes a model's start and end logits for batches of windows, and holds the memory for them. One thread at a time may use it.
/// </summary>
internal sealed class SpanHead
{
    private readonly TaskModel _model;
    private readonly SequenceTemplate _template;
    private readonly int _before;
    private int[] _rows = [], _types = [];
    private float[] _logits = [];

    /// <exception cref="ArgumentException">The model has another head, the tokenizer belongs to another model, or the windows are longer
    /// than the model's maximum.</exception>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs in a form that is supported, or gives types that the model lacks.
    /// </exception>
    public SpanHead(TaskModel model, Tokenizer tokenizer, QuestionWindowOptions windows)
    {
        if (model.Task.Kind != TaskKind.QuestionAnswering)
            throw new ArgumentException(
                $"The model's head is for {model.Task.Kind}; expected {TaskKind.QuestionAnswering}. Load it for that.", nameof(model));
        if (tokenizer.VocabularySize > model.Configuration.VocabularySize)
            throw new ArgumentException(
                $"The tokenizer has {tokenizer.VocabularySize} ids, the model {model.Configuration.VocabularySize}. Use the tokenizer " +
                "that belongs to the model.", nameof(tokenizer));
        if (windows.MaxTokens > model.Configuration.MaxLength)
            throw new ArgumentException(
                $"MaxTokens is {windows.MaxTokens}, but the model takes at most {model.Configuration.MaxLength} tokens. Lower MaxTokens.",
                nameof(windows));
        (_model, _template, _before) = (model, model.Family.TemplateOf(tokenizer).ForPairs(), windows.SpecialTokensBefore);
        _template.CheckTypes(model.Configuration.Embeddings.TokenTypes);
    }

    /// <summary>The logits of every token, [tokens × 2].</summary>
    public Tensor Forward(Pass pass, RaggedTokens batch, IReadOnlyList<QuestionWindow> windows)
    {
        Tensor hidden = _model.Encoder.Forward(pass, batch, Types(batch, windows));
        if (_rows.Length < batch.TokenCount)
            _rows = [.. Enumerable.Range(0, batch.TokenCount)];
        return _model.Head.ForTokens(pass, hidden, _rows.AsSpan(0, batch.TokenCount));
    }

    /// <summary>The logits on the host, valid until the next call.</summary>
    public ReadOnlySpan<float> Read(Pass pass, Tensor logits)
    {
        int length = logits.Rows * logits.Columns;
        if (_logits.Length < length)
            _logits = new float[length];
        pass.Read(logits, _logits.AsSpan(0, length));
        return _logits.AsSpan(0, length);
    }

    /// <summary>If the model has two types, those of the tokenizer's pairs.</summary>
    private ReadOnlySpan<int> Types(RaggedTokens batch, IReadOnlyList<QuestionWindow> windows)
    {
        if (_model.Configuration.Embeddings.TokenTypes < 2)
            return default;
        if (_types.Length < batch.TokenCount)
            _types = new int[batch.TokenCount];
        Span<int> types = _types.AsSpan(0, batch.TokenCount);
        for (int i = 0; i < batch.Count; i++)
            windows[i].FillTypes(_template, _before, types[batch.Bounds[i]..batch.Bounds[i + 1]]);
        return types;
    }
}
