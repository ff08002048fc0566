using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>The components lean on ML.NET's internals, so the versions that they run on are a closed range.</summary>
internal static class MLNetVersion
{
    private static readonly Version s_first = new(5, 0, 0), s_beyond = new(5, 1, 0);

    /// <summary>Fails on a version that was not tried.</summary>
    public static void Check(IHostEnvironment env)
    {
        string text = typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        if (!IsSupported(text))
            throw env.ExceptNotSupp(Refusal(text));
    }

    /// <summary>Why a version is refused, and what helps.</summary>
    internal static string Refusal(string informationalVersion) =>
        $"Diffusion.ML uses internals of Microsoft.ML and needs a version from {s_first} to below {s_beyond}, but this process has loaded"
        + $" {informationalVersion}: reference one in that range, or a Diffusion.ML that is made for yours.";

    /// <summary>Whether an informational version, such as 5.0.0+8a5e2c1, is in the range.</summary>
    internal static bool IsSupported(string informationalVersion) =>
        Version.TryParse(informationalVersion.Split('-', '+')[0], out Version? version) && version >= s_first && version < s_beyond;
}
