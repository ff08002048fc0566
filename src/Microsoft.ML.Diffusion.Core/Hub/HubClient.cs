using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Security.Authentication;
using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>
/// Speaks with a hub about one repository. Redirects are followed here and not by <see cref="HttpClient"/>, as the token must not go with
/// them: it is sent while the scheme, host and port are the endpoint's, and no more after the first redirect to another.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10, LargestList = 16 << 20, MostFiles = 100_000;
    private const long LargestFile = 1L << 40; // the sum of all files is then a number, too
    private static readonly string s_agent = $"diffusion-ml/{Version()}";
    private readonly HttpClient _http;
    private readonly HubSettings _settings;
    private readonly Patience _patience;
    private readonly string _name;
    private readonly HubErrors _errors;

    public HubClient(string name, HubSettings settings, Patience patience)
    {
        (_name, _settings, _patience, _errors) = (name, settings, patience, new HubErrors(settings, name));
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = patience.Silence,
            Proxy = new DirectLoopback(HttpClient.DefaultProxy),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The errors about this repository.</summary>
    public HubErrors Errors => _errors;

    /// <summary>Asks which commit the revision names, and which files it has.</summary>
    /// <exception cref="HubException">There is no such repository or revision, or the answer is not the hub's.</exception>
    public Task<Repository> ListAsync(CancellationToken cancellationToken)
    {
        var address = new Uri(
            _settings.Endpoint, $"api/models/{_name}/revision/{Uri.EscapeDataString(_settings.Revision)}");
        return RepeatAsync(async () =>
        {
            (HttpResponseMessage response, Uri at) =
                await SendAsync(HttpMethod.Get, address, from: 0, isEnough: null, cancellationToken).ConfigureAwait(false);
            using ResponseBody body = await OpenBodyAsync(response, at, file: null, cancellationToken).ConfigureAwait(false);
            return ReadList(await ReadAllAsync(body, cancellationToken).ConfigureAwait(false));
        }, cancellationToken);
    }

    /// <summary>Asks for the name and the length of a file's content.</summary>
    /// <exception cref="HubException">There is no such file, or the hub does not say.</exception>
    public Task<RemoteFile> DescribeAsync(Repository repository, string file, CancellationToken cancellationToken) =>
        RepeatAsync(async () =>
        {
            (HttpResponseMessage response, Uri at) = await SendAsync(
                HttpMethod.Head, AddressOf(repository, file), from: 0, redirect => Header(redirect, "X-Linked-Etag") is not null &&
                    Header(redirect, "X-Linked-Size") is not null, cancellationToken).ConfigureAwait(false);
            using (response)
            {
                bool isLink = Header(response, "X-Linked-Etag") is not null;
                if (!response.IsSuccessStatusCode && !isLink)
                    throw _errors.Of(response, at, file);
                if (Header(response, "X-Repo-Commit") is string commit && commit != repository.Commit)
                    throw Refuse(file, $"names the commit {Messages.Quote(commit)}", $"the commit {repository.Commit}");
                string tag = Untag(Header(response, "X-Linked-Etag") ?? Header(response, "ETag") ?? "");
                if (!HubNames.IsSafeTag(tag))
                    throw Refuse(file, $"names its content {Messages.Quote(tag)}", "a hash in the header ETag");
                long? length = Header(response, "X-Linked-Size") is string text
                    ? long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null
                    : response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
                return length is >= 0 and <= LargestFile and long known
                    ? new RemoteFile(file, tag, known)
                    : throw Refuse(file, "does not say its length", "the header X-Linked-Size or Content-Length");
            }
        }, cancellationToken);

    /// <summary>Opens a file's content from a byte on; one try.</summary>
    /// <exception cref="HubException">There is no such file.</exception>
    /// <exception cref="TransientException">The request may be repeated.</exception>
    /// <returns>The content, or null if the server does not have that range (416).</returns>
    public async Task<ResponseBody?> OpenAsync(Repository repository, string file, long from, CancellationToken cancellationToken)
    {
        (HttpResponseMessage response, Uri at) = await SendAsync(
            HttpMethod.Get, AddressOf(repository, file), from, isEnough: null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && from > 0)
        {
            response.Dispose();
            return null;
        }
        return await OpenBodyAsync(response, at, file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Repeats what fails in a way that may pass.</summary>
    public async Task<T> RepeatAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await action().ConfigureAwait(false);
            }
            catch (TransientException exception)
            {
                await PauseAsync(exception, tries, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="HubException">That was the last one.</exception>
    public Task PauseAsync(TransientException exception, int tries, CancellationToken cancellationToken)
    {
        if (exception.RetryAfter > _patience.LongestPause)
            throw _errors.TooLong(exception);
        return tries < _patience.Tries
            ? _patience.Wait(exception.RetryAfter ?? _patience.PauseAfter(tries), cancellationToken)
            : throw _errors.AfterTries(exception, tries);
    }

    public void Dispose() => _http.Dispose();

    private Uri AddressOf(Repository repository, string file) => new(
        _settings.Endpoint,
        $"{_name}/resolve/{repository.Commit}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Sends a request and follows redirects.</summary>
    /// <returns>The last response, which the caller disposes, and where it is from.</returns>
    private async Task<(HttpResponseMessage Response, Uri Address)> SendAsync(
        HttpMethod method, Uri address, long from, Func<HttpResponseMessage, bool>? isEnough, CancellationToken cancellationToken)
    {
        bool isAtHub = true;
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            isAtHub &= HubAddresses.HaveOneOrigin(address, _settings.Endpoint);
            using var request = new HttpRequestMessage(method, address);
            request.Headers.UserAgent.ParseAdd(s_agent);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            if (isAtHub && _settings.Token is string token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            HttpResponseMessage response = await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || isEnough?.Invoke(response) == true)
                return (response, address);
            Uri? location = response.Headers.Location;
            response.Dispose();
            if (location is null || !Uri.TryCreate(address, location, out Uri? next) || !HubAddresses.IsAllowed(next) ||
                address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            {
                throw new HubException(
                    $"{HubAddresses.Name(address)} redirects to " +
                    $"{Messages.Quote(location is null ? "" : location.ToString().Split('?')[0])}; expected an address with https. " +
                    "Check the endpoint, and any proxy in between.");
            }
            address = next;
        }
        throw new HubException(
            $"{HubAddresses.Name(address)} is the end of {MostRedirects} redirects and redirects again; expected the content. Check the " +
            "endpoint, and any proxy in between.");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string host = HubAddresses.Name(new Uri(request.RequestUri!, "/"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_patience.Silence);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientException($"{host} is silent for {_patience.Silence.TotalSeconds:0.#} seconds", exception);
        }
        catch (HttpRequestException exception) when (
            exception.HttpRequestError == HttpRequestError.NameResolutionError || exception.InnerException is AuthenticationException)
        {
            string advice = exception.InnerException is AuthenticationException
                ? "Check the clock of this machine, and whether a proxy replaces certificates."
                : "Check the network, the endpoint (HF_ENDPOINT) and the proxy (HTTPS_PROXY).";
            throw new HubException(
                $"{host} cannot be reached: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. {advice} A model that is in " +
                "the cache already is read without a connection if HF_HUB_OFFLINE is 1.", exception);
        }
        catch (HttpRequestException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TransientException(
                $"{host} cannot be reached: {(exception.InnerException ?? exception).Message.TrimEnd('.')}", exception);
        }
    }

    private async Task<ResponseBody> OpenBodyAsync(
        HttpResponseMessage response, Uri address, string? file, CancellationToken cancellationToken)
    {
        try
        {
            if (!response.IsSuccessStatusCode)
                throw _errors.Of(response, address, file);
            Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new ResponseBody(response, stream, _patience.Silence);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAllAsync(ResponseBody body, CancellationToken cancellationToken)
    {
        var all = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            all.Write(buffer, 0, read);
            if (all.Length > LargestList)
                throw NotAHub($"more than {LargestList >> 20} MiB");
        }
        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }

    private Repository ReadList(ReadOnlyMemory<byte> utf8)
    {
        string? commit;
        string[] files;
        try
        {
            using JsonDocument json = JsonDocument.Parse(utf8);
            commit = json.RootElement.GetProperty("sha").GetString();
            files = [.. json.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => file.GetProperty("rfilename").GetString() ?? "")];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw NotAHub("something else", exception);
        }
        if (!HubNames.IsCommit(commit) || HubNames.IsCommit(_settings.Revision) && commit != _settings.Revision)
            throw NotAHub($"the commit {Messages.Quote(commit ?? "")}");
        if (files.Length > MostFiles)
            throw NotAHub($"{files.Length} files");
        return files.FirstOrDefault(HubNames.IsHostile) is string hostile
            ? throw new HubException(
                $"The repository '{_name}' lists a file named {Messages.Quote(hostile)}, which could lead out of the directory; " +
                "expected names without '..' and backslashes. Nothing was downloaded. Choose another model, or check the endpoint.")
            : new Repository(_name, commit!, files);
    }

    private HubException NotAHub(string answer, Exception? cause = null) => new(
        $"{_settings.Endpoint} answers {answer} when asked for '{_name}'; expected JSON with \"sha\", a commit, and \"siblings\", its " +
        "files. Check that the endpoint is a hub.", cause!);

    private HubException Refuse(string file, string found, string expected) => new(
        $"{_settings.Endpoint} {found} when asked for {Messages.Quote(file)} of '{_name}'; expected {expected}. Check that the endpoint " +
        "is a hub, and any proxy in between.");

    /// <summary>The content's name without quotes and without the mark of a weak one.</summary>
    private static string Untag(string tag)
    {
        tag = tag.Trim();
        return (tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag).Trim('"');
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.FirstOrDefault() : null;

    private static string Version() =>
        typeof(HubClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
