using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>
/// Adds a model to a graph by running its forward pass once on an engine that writes nodes instead of numbers, so that every family and
/// head is exported as it is computed.
/// </summary>
internal sealed class ModelTracer
{
    /// <summary>The length of the traced sequence; what is traced does not depend on it.</summary>
    private const int TracedTokens = 3;

    private readonly EncoderWithHead _model;
    private readonly GraphOperators _operators;
    private readonly GraphInputs _inputs;
    private readonly IWeightNodes _weights;

    /// <param name="model">The model.</param>
    /// <param name="operators">The graph.</param>
    /// <param name="inputs">The graph's inputs.</param>
    /// <param name="weights">The nodes with weights.</param>
    public ModelTracer(EncoderWithHead model, GraphOperators operators, GraphInputs inputs, IWeightNodes weights) =>
        (_model, _operators, _inputs, _weights) = (model, operators, inputs, weights);

    /// <summary>Whether a model tells token types apart; with one type alone they are no input.</summary>
    public static bool HasTokenTypes(EncoderWithHead model) => model.Configuration.Embeddings.TokenTypes > 1;

    /// <summary>Adds the nodes of a computation.</summary>
    /// <param name="compute">The computation, from a pass, a batch and its token types.</param>
    /// <returns>The names of its results.</returns>
    public string[] Trace(Func<Pass, RaggedTokens, int[], Tensor[]> compute)
    {
        TracingExecutor? executor = null;
        using var engine = new TracingEngine(
            () => executor = new TracingExecutor(_operators, _weights, _inputs, _model.Configuration.MaxLength));
        using Pass pass = Pass.ForInference(engine);
        pass.Begin();
        var batch = new RaggedTokens();
        int[] tokens = new int[Math.Min(TracedTokens, _model.Configuration.MaxLength)];
        batch.Append(tokens);
        Tensor[] results = compute(pass, batch, _inputs.TokenTypeIds is not null && HasTokenTypes(_model) ? new int[tokens.Length] : []);
        return Array.ConvertAll(results, executor!.NameOf);
    }
}
