namespace Microsoft.ML.Diffusion;

/// <summary>What is done with a template that cannot be filled: one that is mistyped, too long, or has no room for the required words.</summary>
public enum TemplateError
{
    /// <summary>The call fails and names the template.</summary>
    Error,

    /// <summary>The template is given back as it is, and why is told with it.</summary>
    LeaveAsIs,
}
