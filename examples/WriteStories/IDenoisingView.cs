using Microsoft.ML.Diffusion;

namespace WriteStories;

/// <summary>Shows how a text comes out of the masks.</summary>
internal interface IDenoisingView
{
    /// <summary>Shows one text.</summary>
    /// <param name="prompt">What the text is written after.</param>
    /// <param name="generate">Writes it, telling an observer of every step.</param>
    void Show(string prompt, Action<IDenoisingObserver> generate);
}
