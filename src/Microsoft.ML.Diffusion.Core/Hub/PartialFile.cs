using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>
/// Content on its way: it is written to a file of its own, which a later download continues, and gets its name when its length and its
/// hash are right.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int BufferSize = 1 << 17;
    private readonly RemoteFile _file;
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly byte[] _buffer = new byte[BufferSize];
    private ContentHash _hash;
    private bool _continues;

    private PartialFile(RemoteFile file, string path)
    {
        (_file, _path, _hash) = (file, path, new ContentHash(file.Tag, file.Length));
        // A link would be written through, to wherever it leads; a directory or a pipe is an error of the system.
        if (new FileInfo(path).LinkTarget is not null)
            File.Delete(path);
        _stream = new FileStream(
            path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
    }

    /// <summary>Downloads a file's content under a name.</summary>
    /// <param name="client">The hub.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="file">The file.</param>
    /// <param name="place">Where the content gets its name; beside it, with <c>.incomplete</c>, it is collected.</param>
    /// <param name="reporter">Is told about the progress.</param>
    /// <param name="cancellationToken">Leaves what is here for a later download.</param>
    /// <exception cref="HubException">The content is not what the hub describes, or the hub refuses it.</exception>
    public static async Task DownloadAsync(
        HubClient client, Repository repository, RemoteFile file, string place, ProgressReporter reporter,
        CancellationToken cancellationToken)
    {
        string path = NameOf(place);
        using (var partial = new PartialFile(file, path))
        {
            await partial.ContinueAsync(cancellationToken).ConfigureAwait(false);
            await partial.FillAsync(client, repository, reporter, cancellationToken).ConfigureAwait(false);
        }
        File.Move(path, place, overwrite: true);
    }

    /// <summary>The file beside a place in which its content is collected.</summary>
    public static string NameOf(string place) => place + ".incomplete";

    public void Dispose()
    {
        _hash.Dispose();
        _stream.Dispose();
    }

    /// <summary>Takes over what an earlier download left, if the hash can tell in the end that it belongs here.</summary>
    private async Task ContinueAsync(CancellationToken cancellationToken)
    {
        if (!ContentHash.CanCheck(_file.Tag) || _stream.Length > _file.Length)
        {
            StartOver();
            return;
        }
        int read;
        while ((read = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false)) > 0)
            _hash.Append(_buffer.AsSpan(0, read));
        _continues = _stream.Position > 0;
    }

    private async Task FillAsync(
        HubClient client, Repository repository, ProgressReporter reporter, CancellationToken cancellationToken)
    {
        int tries = 1;
        while (true)
        {
            reporter.Advance(_file, _stream.Position, atOnce: true);
            long before = _stream.Position;
            try
            {
                if (_stream.Position < _file.Length)
                    await AppendAsync(client, repository, reporter, cancellationToken).ConfigureAwait(false);
                if (IsRight())
                    return;
                tries = 1; // from the start, once
            }
            catch (TransientException exception)
            {
                tries = _stream.Position > before ? 1 : tries;
                var named = new TransientException($"{Messages.Quote(_file.Name)}: {exception.Message}", exception)
                {
                    RetryAfter = exception.RetryAfter,
                };
                await client.PauseAsync(named, tries++, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Requests what is missing and appends it.</summary>
    private async Task AppendAsync(
        HubClient client, Repository repository, ProgressReporter reporter, CancellationToken cancellationToken)
    {
        using ResponseBody? body =
            await client.OpenAsync(repository, _file.Name, _stream.Position, cancellationToken).ConfigureAwait(false);
        if (body is null)
        {
            StartOver();
            throw new TransientException("the server does not have the missing range");
        }
        if (body.IsPart && (body.Range.From != _stream.Position || (body.Range.Length ?? _file.Length) != _file.Length))
        {
            StartOver();
            throw new TransientException("the server sends another range than the missing one");
        }
        if (!body.IsPart && _stream.Position > 0)
            StartOver();
        if (!body.IsPlain)
            throw Refuse("comes compressed, although that was not asked for");
        if (body.Length is long length && length != _file.Length - _stream.Position)
            throw Refuse($"comes with {_stream.Position + length} bytes");
        while (_stream.Position < _file.Length)
        {
            int read = await body.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw new TransientException("the connection ended before the content");
            if (read > _file.Length - _stream.Position)
                throw Refuse("comes with more bytes");
            await _stream.WriteAsync(_buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            _hash.Append(_buffer.AsSpan(0, read));
            reporter.Advance(_file, _stream.Position);
        }
        if (body.Length is null && await body.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false) > 0)
            throw Refuse("comes with more bytes");
    }

    /// <summary>Whether the content is right. If a part of it was here before, that may be the fault, and all is fetched again.</summary>
    private bool IsRight()
    {
        if (_hash.FindDifference() is not string found)
        {
            _stream.Flush(flushToDisk: true);
            return true;
        }
        if (!_continues)
            throw Refuse($"has the hash {found}");
        StartOver();
        return false;
    }

    private void StartOver()
    {
        _stream.SetLength(0);
        _stream.Position = 0;
        _hash.Dispose();
        _hash = new ContentHash(_file.Tag, _file.Length);
        _continues = false;
    }

    private HubException Refuse(string fault)
    {
        StartOver();
        _stream.Dispose();
        WriteGuard.TryDeleteFile(_path);
        return new HubException(
            $"{Messages.Quote(_file.Name)} {fault}; expected {_file.Length} bytes with the hash {_file.Tag}, as the hub describes it. " +
            "It was deleted. Try again; if it stays so, a proxy in between may change it.");
    }
}
