using Microsoft.ML.Diffusion;

namespace WriteStories;

/// <summary>Shows the denoising of a text.</summary>
internal interface IDenoisingView
{
    /// <summary>Shows one text.</summary>
    /// <param name="prompt">The prompt of the text.</param>
    /// <param name="generate">Writes the text and reports every step to an observer.</param>
    void Show(string prompt, Action<IDenoisingObserver> generate);
}
