namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>Writes results as text for a person.</summary>
internal sealed class TextResultWriter(TextWriter output) : IResultWriter
{
    public void Write(Result result) => output.WriteLine(result.Text);

    public void Dispose()
    {
    }
}
