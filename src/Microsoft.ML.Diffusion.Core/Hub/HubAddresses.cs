using System.Net;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The rules for addresses: https, or http to this machine alone.</summary>
internal static class HubAddresses
{
    /// <summary>Reads the address of a hub.</summary>
    /// <param name="text">The address.</param>
    /// <param name="source">Where it is from, for the message.</param>
    /// <exception cref="HubException">It is not one, or would send the token in the clear.</exception>
    public static Uri ReadEndpoint(string text, string source)
    {
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || !IsAllowed(address) ||
            address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw new HubException(
                $"{source} is {Messages.Quote(WithoutUser(text))}; expected the address of a hub, such as https://huggingface.co, " +
                "without a user, query or fragment; http is allowed only to this machine (localhost). Correct the address.");
        }
        return address;
    }

    /// <summary>Whether a connection to an address may be opened.</summary>
    public static bool IsAllowed(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp && IsThisMachine(address);

    /// <summary>Whether an address is that of this machine.</summary>
    public static bool IsThisMachine(Uri address) =>
        address.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
            IPAddress.TryParse(address.IdnHost, out IPAddress? ip) && IPAddress.IsLoopback(ip);

    /// <summary>Whether two addresses have the same scheme, host and port.</summary>
    public static bool HaveOneOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>An address for messages, without its query, which may have a signature.</summary>
    public static string Name(Uri address) => Messages.Shorten(address.GetLeftPart(UriPartial.Path));

    /// <summary>A password in the address is not repeated.</summary>
    private static string WithoutUser(string text) => text.LastIndexOf('@') is >= 0 and int at ? "…" + text[at..] : text;
}
