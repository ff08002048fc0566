using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Microsoft.ML.Diffusion.Tests.Hub;

/// <summary>A small HTTP server on this machine: one request a connection, and any fault that a test asks for.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<LoopbackRequest, LoopbackReply> _answer;
    private readonly Task _run;

    public LoopbackServer(Func<LoopbackRequest, LoopbackReply> answer)
    {
        _answer = answer;
        _listener.Start();
        _run = Task.Run(RunAsync);
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ConcurrentQueue<LoopbackRequest> Requests { get; } = [];

    public void Dispose()
    {
        _stop.Cancel();
        _run.Wait(); // before the listener stops: it may not accept yet
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is LoopbackRequest request)
                {
                    Requests.Enqueue(request);
                    await WriteAsync(stream, request, _answer(request));
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
            {
                // The other side has gone, or the test is over.
            }
        }
    }

    private async Task<LoopbackRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new LoopbackRequest(
            first[0], first[1],
            lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(
                pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }

    private async Task WriteAsync(NetworkStream stream, LoopbackRequest request, LoopbackReply reply)
    {
        byte[] content = reply.Content ?? [];
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Answer\r\nConnection: close\r\n");
        if (!reply.HidesLength && !reply.Headers.ContainsKey("Content-Length"))
            head.Append($"Content-Length: {content.Length}\r\n");
        foreach ((string name, string value) in reply.Headers)
            head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method == "HEAD")
            return;
        await stream.WriteAsync(content.AsMemory(0, reply.BreakAfter ?? content.Length), _stop.Token);
        if (reply.IsSilent)
            await Task.Delay(Timeout.Infinite, _stop.Token);
    }
}
