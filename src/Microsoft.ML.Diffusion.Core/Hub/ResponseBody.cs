using System.Net;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The content of a response. A break or a silence is a <see cref="TransientException"/>.</summary>
internal sealed class ResponseBody(HttpResponseMessage response, Stream stream, TimeSpan silence) : IDisposable
{
    /// <summary>Whether the server sends the range that was asked for, and not the whole content.</summary>
    public bool IsPart => response.StatusCode == HttpStatusCode.PartialContent;

    /// <summary>Where the range begins and how long the whole content is, as far as the server says.</summary>
    public (long? From, long? Length) Range =>
        (response.Content.Headers.ContentRange?.From, response.Content.Headers.ContentRange?.Length);

    /// <summary>The number of bytes to come, if the server says.</summary>
    public long? Length => response.Content.Headers.ContentLength;

    /// <summary>Whether the content is as it is stored, and not compressed.</summary>
    public bool IsPlain => response.Content.Headers.ContentEncoding.All(encoding => encoding == "identity");

    /// <summary>Reads some bytes; none at the end.</summary>
    /// <exception cref="TransientException">The connection broke, or nothing came for too long.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(silence);
        try
        {
            return await stream.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientException($"nothing came for {silence.TotalSeconds:0.#} seconds", exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TransientException($"the connection broke: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        response.Dispose();
    }
}
