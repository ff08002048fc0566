using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A linear layer without bias on some rows, its weight packed for inference.</summary>
internal sealed class PackedProduct : IDisposable
{
    private readonly Parameter _weight;
    private readonly Pass _pass;
    private readonly Tensor _input;
    private readonly ArenaMark _mark;

    public PackedProduct(Engine engine, int rows, int inputs, int outputs)
    {
        _weight = new Parameter("weight", outputs, inputs);
        engine.CreateValues(_weight);
        engine.Write(_weight, 0, RandomNumbers.Of(outputs * inputs, seed: 2));
        engine.Pack(_weight);
        _pass = Pass.ForInference(engine);
        _pass.Begin();
        _input = _pass.Write(rows, inputs, RandomNumbers.Of(rows * inputs));
        _mark = _pass.Mark();
    }

    public void Run()
    {
        _pass.Linear(_input, _weight, null);
        _pass.Keep(_mark, _input);
    }

    public void Dispose()
    {
        _pass.Dispose();
        _weight.Dispose();
    }
}
