namespace Microsoft.ML.Diffusion;

/// <summary>What is done with a prompt that leaves no room for the new tokens.</summary>
public enum PromptTooLong
{
    /// <summary>The call fails and names the prompt.</summary>
    Error,

    /// <summary>The end of the prompt is kept, as much as there is room for.</summary>
    KeepEnd,
}
