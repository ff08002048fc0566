using System.Net;
using Microsoft.ML.Diffusion.Hub;

namespace Microsoft.ML.Diffusion.Tests.Hub;

[TestClass]
public sealed class DirectLoopbackTests
{
    [TestMethod]
    public void A_proxy_is_used_but_for_this_machine()
    {
        var proxy = new DirectLoopback(new WebProxy("http://proxy.example:8080"));
        Assert.AreEqual(new Uri("http://proxy.example:8080"), proxy.GetProxy(new Uri("https://huggingface.co")));
        Assert.IsFalse(proxy.IsBypassed(new Uri("https://huggingface.co")));
        foreach (string address in (string[])["http://127.0.0.1:80", "http://localhost", "http://[::1]"])
        {
            Assert.IsNull(proxy.GetProxy(new Uri(address)));
            Assert.IsTrue(proxy.IsBypassed(new Uri(address)));
        }
    }
}
