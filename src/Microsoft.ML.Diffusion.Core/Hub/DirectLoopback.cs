using System.Net;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The environment's proxy, except for this machine: a proxy elsewhere could not reach it, and would see the token.</summary>
internal sealed class DirectLoopback(IWebProxy proxy) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => proxy.Credentials;
        set => proxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => HubAddresses.IsThisMachine(destination) ? null : proxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => HubAddresses.IsThisMachine(host) || proxy.IsBypassed(host);
}
