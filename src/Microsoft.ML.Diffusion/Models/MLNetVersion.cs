using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>Checks ML.NET's version. The components depend on ML.NET's internals, so they run on a closed range of versions only.</summary>
internal static class MLNetVersion
{
    private static readonly Version s_first = new(5, 0, 0), s_beyond = new(5, 1, 0);

    /// <summary>Fails for a version outside the tested range.</summary>
    public static void Check(IHostEnvironment env)
    {
        string text = typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        if (!IsSupported(text))
            throw env.ExceptNotSupp(Refusal(text));
    }

    /// <summary>The reason why a version is refused, and the remedy.</summary>
    internal static string Refusal(string informationalVersion) =>
        $"Diffusion.ML uses internals of Microsoft.ML and needs a version from {s_first} to below {s_beyond}, but this process has loaded"
        + $" {informationalVersion}. Reference a version in that range, or a Diffusion.ML that is built for yours.";

    /// <summary>Whether an informational version, such as 5.0.0+8a5e2c1, is in the range.</summary>
    internal static bool IsSupported(string informationalVersion) =>
        Version.TryParse(informationalVersion.Split('-', '+')[0], out Version? version) && version >= s_first && version < s_beyond;
}
