using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Objective;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A step of masked diffusion as training makes it: masking, forward, backward, the norm, the loss, AdamW.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly MaskedLanguageModel _model;
    private readonly RaggedTokens _tokens;
    private readonly MaskingObjective _objective;
    private readonly Optimizer _optimizer;
    private readonly Pass _pass;
    private ulong _step;

    /// <param name="engine">The engine.</param>
    /// <param name="model">The model, prepared for training.</param>
    /// <param name="tokens">The batch.</param>
    /// <param name="maskToken">The id of the mask.</param>
    /// <param name="dropout">Whether the model's dropout is on.</param>
    /// <param name="recompute">Whether the backward pass runs layers again.</param>
    public TrainingStep(
        Engine engine, MaskedLanguageModel model, RaggedTokens tokens, int maskToken, bool dropout, bool recompute = false)
    {
        (_model, _tokens) = (model, tokens);
        // Times are mask rates: half of the positions.
        _objective = new MaskingObjective(new MaskingOptions { MinTime = 0.4999, MaxTime = 0.5001, Seed = 1 }, maskToken);
        _optimizer = new Optimizer(engine, model.Parameters, new TrainingOptions { LearningRate = 1e-4 });
        _pass = Pass.ForTraining(engine, dropout, recompute);
    }

    /// <summary>The number of predicted tokens of the last step.</summary>
    public int Rows => _objective.RowCount;

    /// <summary>The most elements in tensors of one step.</summary>
    public long PeakElements => _pass.PeakElements;

    /// <summary>The loss of the last step, in nats a predicted token.</summary>
    public double Loss { get; private set; }

    /// <summary>Makes a step.</summary>
    public void Run()
    {
        Loss loss = Forward();
        Backward();
        Update(loss);
    }

    /// <summary>Its first part.</summary>
    public Loss Forward()
    {
        _objective.Corrupt(_tokens, [], [], (long)_step);
        _optimizer.ClearGradients();
        _pass.Begin(++_step);
        Tensor hidden = _model.Encoder.Forward(_pass, _objective.Corrupted);
        Tensor transformed = _model.Head.Transform(_pass, _pass.Gather(hidden, _objective.Rows));
        return _model.Head.Loss(_pass, transformed, _objective.Targets, _objective.Weights);
    }

    /// <summary>Its second part.</summary>
    public void Backward() => _pass.Backward();

    /// <summary>Its last part.</summary>
    public void Update(Loss loss)
    {
        double norm = _optimizer.Norm(_objective.Divisor);
        Loss = _pass.Read(loss) / _objective.Divisor;
        _optimizer.Step(1e-4, _objective.Divisor, norm, default);
    }

    /// <inheritdoc/>
    public void Dispose() => _pass.Dispose();
}
