using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>An encoder of BERT's shape with random weights, packed for inference, and the inputs of its forward pass.</summary>
internal sealed class EncoderRun : IDisposable
{
    private readonly MaskedLanguageModel _model;
    private readonly Pass _pass;

    /// <param name="size">The encoder's size.</param>
    /// <param name="vocabulary">The number of ids.</param>
    /// <param name="maxLength">The tokens of the longest sequence.</param>
    /// <param name="threads">Threads; 0 for one per processor.</param>
    /// <param name="int8">The linear layers in 8-bit integers.</param>
    public EncoderRun(EncoderSize size, int vocabulary, int maxLength, int threads, bool int8 = false)
    {
        Engine = CpuEngine.Create(threads);
        _model = size.Create(EncoderFamily.Bert, vocabulary, maxLength, Engine);
        _model.PrepareForInference();
        if (int8)
            _model.Quantize();
        _pass = Pass.ForInference(Engine);
    }

    public CpuEngine Engine { get; }

    /// <summary>Tokens to hidden states.</summary>
    public void Forward(RaggedTokens tokens)
    {
        _pass.Begin();
        _model.Encoder.Forward(_pass, tokens);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _model.Dispose();
        Engine.Dispose();
    }
}
