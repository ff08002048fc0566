namespace Microsoft.ML.Diffusion;

/// <summary>What happens to a prompt that leaves no room for the new tokens.</summary>
public enum PromptTooLong
{
    /// <summary>The call fails and names the prompt.</summary>
    Error,

    /// <summary>As much of the end of the prompt as fits is used; its start is dropped.</summary>
    KeepEnd,
}
