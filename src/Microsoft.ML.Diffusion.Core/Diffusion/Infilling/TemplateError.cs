namespace Microsoft.ML.Diffusion;

/// <summary>
/// What happens to a template that cannot be filled because it is mistyped, is too long, or has no room for the required words.
/// </summary>
public enum TemplateError
{
    /// <summary>The call throws an exception that names the template.</summary>
    Error,

    /// <summary>The template is returned unchanged, with the reason.</summary>
    LeaveAsIs,
}
