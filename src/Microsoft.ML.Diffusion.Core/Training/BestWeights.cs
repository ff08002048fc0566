using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>A copy of the weights at the best validation.</summary>
internal sealed class BestWeights(Engine engine, IEnumerable<Parameter> parameters) : IDisposable
{
    private readonly Parameter[] _parameters = [.. parameters];
    private DeviceBuffer[] _values = [];

    /// <summary>Whether there is a copy.</summary>
    public bool Held => _values.Length > 0;

    /// <summary>The copy, one buffer per parameter; memory is allocated at the first call.</summary>
    public DeviceBuffer[] Buffers => _values = Held ? _values
        : Array.ConvertAll(_parameters, parameter => engine.CreateBuffer(parameter.Length));

    /// <summary>Copies the current weights.</summary>
    public void Take()
    {
        for (int i = 0; i < _parameters.Length; i++)
            engine.Copy(_parameters[i].Value!, Buffers[i]);
    }

    /// <summary>Sets the weights to the copy.</summary>
    public void Restore()
    {
        for (int i = 0; i < _parameters.Length; i++)
            engine.CopyValues(_values[i], _parameters[i]);
    }

    public void Dispose()
    {
        foreach (DeviceBuffer values in _values)
            values.Dispose();
    }
}
