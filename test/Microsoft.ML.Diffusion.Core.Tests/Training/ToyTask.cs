using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>A classifier of tokens in three layers: what class a token is of depends on the token alone. Some tokens weigh more.</summary>
internal sealed class ToyTask : TrainingTask, IDisposable
{
    private const int Vocabulary = 20, Width = 6, Classes = 3;
    private readonly Engine _engine;
    private readonly int _count;
    private readonly double _dropout;

    public ToyTask(Engine engine, int count = 30, double dropout = 0, ulong seed = 1)
    {
        (_engine, _count, _dropout) = (engine, count, dropout);
        Parameters.Add(new Parameter("embeddings.tokens", Vocabulary, Width, ParameterRole.Table, ModelPart.Embeddings));
        for (int i = 0; i < 3; i++)
        {
            Parameters.Add(new Parameter($"layers.{i}.weight", Width, Width, ParameterRole.Matrix, ModelPart.OfLayer(i)));
            Parameters.Add(new Parameter($"layers.{i}.bias", 1, Width, ParameterRole.Bias, ModelPart.OfLayer(i)));
        }
        Parameters.Add(new Parameter("head.weight", Classes, Width));
        for (int i = 0; i < Parameters.All.Count; i++)
        {
            Parameter parameter = Parameters.All[i];
            engine.CreateValues(parameter);
            engine.Write(parameter, 0, Numbers.Normal((int)parameter.Length, $"{seed} {parameter.Name}", .5));
        }
    }

    public override ParameterSet Parameters { get; } = new();

    public override int Count => _count;

    public override double InitializerRange => .3;

    /// <summary>Stands in for <see cref="Evaluate"/>'s metric where set; its argument is the number of earlier evaluations.</summary>
    public Func<int, Metric>? Script { get; init; }

    public int Evaluations { get; private set; }

    /// <summary>The weights at each evaluation.</summary>
    public List<Dictionary<string, float[]>> Evaluated { get; } = [];

    /// <summary>Called at each forward pass with the number of the batch.</summary>
    public Action<long>? OnForward { get; set; }

    public Action? OnEvaluate { get; set; }

    public List<int[]> Batches { get; } = [];

    public override int Length(int example) => 1 + example % 4;

    internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
    {
        OnForward?.Invoke(number);
        Batches.Add(examples.ToArray());
        int[] tokens =
            [.. examples.ToArray().SelectMany(example => Enumerable.Range(0, Length(example)).Select(i => (7 * example + i) % Vocabulary))];
        float[] weights = Array.ConvertAll(tokens, token => 1f + token % 2);
        return new BatchLoss(0, weights.Sum()) { OnDevice = Loss(pass, tokens, weights) };
    }

    public override Evaluation? Evaluate(CancellationToken cancellationToken)
    {
        OnEvaluate?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        Evaluated.Add(Weights());
        if (Script is not null)
            return new Evaluation(Script(Evaluations++));
        using Pass pass = Pass.ForInference(_engine);
        pass.Begin();
        int[] tokens = [.. Enumerable.Range(0, Vocabulary)];
        return new Evaluation(new Metric("loss", pass.Read(Loss(pass, tokens, Array.ConvertAll(tokens, _ => 1f))) / Vocabulary,
            HigherIsBetter: false));
    }

    public Dictionary<string, float[]> Weights() => Parameters.All.ToDictionary(parameter => parameter.Name, parameter =>
    {
        float[] values = new float[parameter.Length];
        _engine.Read(parameter, 0, values);
        return values;
    });

    public void Dispose() => Parameters.Dispose();

    private Loss Loss(Pass pass, int[] tokens, float[] weights)
    {
        Tensor x = pass.Embed(Parameters["embeddings.tokens"], tokens);
        for (int i = 0; i < 3; i++)
            x = pass.Dropout(pass.Linear(x, Parameters[$"layers.{i}.weight"], Parameters[$"layers.{i}.bias"], Activation.Gelu), _dropout);
        return pass.LinearCrossEntropy(x, Parameters["head.weight"], null,
            Array.ConvertAll(tokens, token => token * token % Classes), weights);
    }
}
