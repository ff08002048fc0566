using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The errors that a hub's statuses stand for.</summary>
/// <param name="settings">The settings.</param>
/// <param name="name">The repository.</param>
internal sealed class HubErrors(HubSettings settings, string name)
{
    private const string CodeHeader = "X-Error-Code", MessageHeader = "X-Error-Message";

    /// <summary>The exception for a response without success.</summary>
    /// <param name="response">The response.</param>
    /// <param name="address">Where it is from.</param>
    /// <param name="file">The file that was asked for, or null.</param>
    public Exception Of(HttpResponseMessage response, Uri address, string? file)
    {
        int status = (int)response.StatusCode;
        string host = HubAddresses.Name(new Uri(address, "/"));
        string page = settings.Endpoint + name;
        string said = Header(response, MessageHeader) is string text ? $" ({Messages.Shorten(text)})" : "";
        if (status is 408 or 429 or >= 500)
        {
            return new TransientException(
                string.Create(CultureInfo.InvariantCulture, $"{host} answers {status} {response.StatusCode}{said}"))
            { RetryAfter = RetryAfter(response) };
        }
        if (!HubAddresses.HaveOneOrigin(address, settings.Endpoint))
        {
            return new HubException(
                $"{host}, where the hub keeps {Messages.Quote(file ?? name)}, answers {status} {response.StatusCode}. Try again; if it " +
                "stays so, check a proxy or firewall in between.");
        }
        switch (Header(response, CodeHeader))
        {
            case "GatedRepo":
                return new HubException(
                    $"The model '{name}' is gated{said}: its owner asks for consent. Open {page} in a browser, accept the terms there, " +
                    "and " +
                    (settings.Token is null ? "set HF_TOKEN to an access token of that account."
                        : "check that the token is of that account and may read gated repositories."));
            case "RevisionNotFound":
                return NoRevision();
            case "EntryNotFound":
                return NoFile();
        }
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when settings.Token is null => new HubException(
                $"The hub at {host} knows no public model '{name}'{said}: it does not exist, or is private or gated. Check the name at " +
                $"{page}; if it is private, set HF_TOKEN to an access token."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new HubException(
                $"The hub at {host} refuses '{name}'{said} ({status}). Check the name at {page}, and " +
                (settings.Token is null ? "set HF_TOKEN to an access token if it is private."
                    : "that the token is valid and may read this model.")),
            HttpStatusCode.NotFound when file is not null => NoFile(),
            HttpStatusCode.NotFound => new HubException(
                $"The hub at {host} has no model '{name}' with a revision {Messages.Quote(settings.Revision)}{said}, or hides it. Check " +
                $"both at {page}; if it is private, set HF_TOKEN to an access token."),
            _ => new HubException(
                $"The hub at {host} answers {status} {response.StatusCode}{said} to the request for {Messages.Quote(file ?? name)}. " +
                "Check that the endpoint is a hub, and any proxy in between."),
        };

        HubException NoRevision() => new(
            $"The model '{name}' has no revision {Messages.Quote(settings.Revision)}; expected a branch, a tag or a commit. Look at " +
            $"{page}/tree/main.");

        HubException NoFile() => new(
            $"The model '{name}' has no file {Messages.Quote(file ?? "")} in revision {Messages.Quote(settings.Revision)}, although the " +
            "hub lists it. Try again; if it stays so, choose another revision.");
    }

    /// <summary>The exception after the last try.</summary>
    public HubException AfterTries(TransientException last, int tries) => new(
        $"'{name}' cannot be downloaded from {settings.Endpoint}: {last.Message}. It was tried {tries} times. Check the network and the " +
        "proxy (HTTPS_PROXY), and try again: complete files and parts of files are kept.", last);

    /// <summary>The exception for a server that asks to come back much later.</summary>
    public HubException TooLong(TransientException last) => new(
        $"'{name}' cannot be downloaded now: {last.Message}, and asks to wait {last.RetryAfter!.Value.TotalSeconds:0} seconds. Try again " +
        "then; with a token (HF_TOKEN) a hub allows more requests.", last);

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? pause = response.Headers.RetryAfter switch
        {
            { Delta: TimeSpan delta } => delta,
            { Date: DateTimeOffset date } => date - DateTimeOffset.UtcNow,
            _ => null,
        };
        return pause is { } asked && asked < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }

    private static string? Header(HttpResponseMessage response, string header) =>
        response.Headers.NonValidated.TryGetValues(header, out HeaderStringValues values) ? values.FirstOrDefault() : null;
}
