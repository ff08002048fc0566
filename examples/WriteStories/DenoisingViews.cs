using Microsoft.ML.Diffusion.Text;
using Spectre.Console;

namespace WriteStories;

/// <summary>Chooses how denoising is shown.</summary>
internal static class DenoisingViews
{
    /// <summary>An animated picture if the output is a terminal, else lines.</summary>
    public static IDenoisingView Create(Tokenizer tokenizer) =>
        Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? new LineView(tokenizer) : new LiveView(tokenizer);
}
