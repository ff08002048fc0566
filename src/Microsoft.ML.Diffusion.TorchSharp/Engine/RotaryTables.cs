namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The cosines and sines of rotary positions on the device, by base and width, for as many positions as were needed.</summary>
/// <param name="engine">The engine.</param>
internal sealed class RotaryTables(TorchSharpEngine engine) : IDisposable
{
    private readonly Dictionary<(double Theta, int Half), (TorchTensor Cosines, TorchTensor Sines)> _tables = [];

    /// <summary>The cosines and sines of position · theta^(−i/half), [positions or more × half] each.</summary>
    public (TorchTensor Cosines, TorchTensor Sines) Of(double theta, int half, int positions)
    {
        if (_tables.TryGetValue((theta, half), out (TorchTensor Cosines, TorchTensor Sines) known))
        {
            if (known.Cosines.shape[0] >= positions)
                return known;
            Free(known);
        }
        var cosines = new float[positions * half];
        var sines = new float[positions * half];
        for (int i = 0; i < cosines.Length; i++)
        {
            (double sine, double cosine) = Math.SinCos(i / half * Math.Pow(theta, -(double)(i % half) / half));
            (sines[i], cosines[i]) = ((float)sine, (float)cosine);
        }
        return _tables[(theta, half)] = (Table(cosines), Table(sines));

        TorchTensor Table(float[] values) => engine.OnDevice<float>(values).view(positions, half).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((TorchTensor, TorchTensor) table in _tables.Values)
            Free(table);
        _tables.Clear();
    }

    private static void Free((TorchTensor Cosines, TorchTensor Sines) table)
    {
        table.Cosines.Dispose();
        table.Sines.Dispose();
    }
}
