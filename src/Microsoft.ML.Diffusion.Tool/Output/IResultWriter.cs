namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>Writes results in one form.</summary>
internal interface IResultWriter : IDisposable
{
    /// <summary>Writes one.</summary>
    void Write(Result result);
}
