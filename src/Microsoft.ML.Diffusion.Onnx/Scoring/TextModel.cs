using System.Security.Cryptography;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>What a model of texts is without its weights: its configuration and its tokenizer, as files.</summary>
internal sealed class TextModel
{
    private const int MostFiles = 16;

    private readonly SortedDictionary<string, byte[]> _files;
    private readonly ConfigurationJson _json;

    private TextModel(SortedDictionary<string, byte[]> files)
    {
        _files = files;
        var model = EncoderModel.FromFiles(
            ModelFiles.FromMemory(files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value), "the saved model"));
        _json = model.Files.OpenConfiguration();
        (Tokenizer, Family) = (model.Tokenizer, EncoderFamily.Of(_json));
        Configuration = Family.Read(_json);
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The family of the encoder.</summary>
    public EncoderFamily Family { get; }

    /// <summary>The configuration of the encoder.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The files of a model, which may have no weights.</summary>
    /// <exception cref="CheckpointException">The configuration is missing or damaged.</exception>
    /// <exception cref="TokenizerException">The tokenizer is missing or damaged.</exception>
    public static TextModel Of(EncoderModel model)
    {
        using ModelFile configuration = model.Files.Open(ModelFiles.ConfigurationName);
        return new TextModel(Files(configuration.ReadAllBytes((int)TokenizerFiles.LargestFile), model.Tokenizer));
    }

    /// <summary>The files of a loaded model.</summary>
    public static TextModel Of(EncoderWithHead model, Tokenizer tokenizer)
    {
        using var configuration = new MemoryStream();
        EncoderCheckpoint.WriteConfiguration(model, configuration, model.StoredAs);
        return new TextModel(Files(configuration.ToArray(), tokenizer));
    }

    /// <summary>The task that the configuration describes.</summary>
    public TaskConfiguration Task(TaskKind kind) => TaskConfiguration.Read(_json, kind);

    /// <summary>Writes the number of files, the name, length and SHA-256 of each, and the files as streams of the saved model.</summary>
    public void Save(ModelSaveContext ctx)
    {
        ctx.Writer.Write(_files.Count);
        foreach ((string name, byte[] content) in _files)
        {
            ctx.SaveNonEmptyString(name);
            ctx.Writer.Write(content.Length);
            ctx.Writer.Write(SHA256.HashData(content));
            ctx.SaveBinaryStream(name, writer => writer.Write(content));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A file is missing, or differs from what was saved.</exception>
    public static TextModel Load(ModelLoadContext ctx)
    {
        int count = ctx.Reader.ReadInt32();
        if (count is < 1 or > MostFiles)
            throw new InvalidDataException($"It has {count} files; expected 1 to {MostFiles}.");
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string name = ctx.LoadNonEmptyString();
            int length = ctx.Reader.ReadInt32();
            byte[] checksum = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes), content = [];
            bool isThere = ctx.TryLoadBinaryStream(name, reader =>
            {
                if (reader.BaseStream.Length == length && length <= TokenizerFiles.LargestFile)
                    content = reader.ReadBytes(length);
            });
            if (!isThere || content.Length != length || !SHA256.HashData(content).AsSpan().SequenceEqual(checksum))
                throw new InvalidDataException($"Its '{name}' is not the one that was saved. Copy the file again, or save it again.");
            files[name] = content;
        }
        return new TextModel(files);
    }

    private static SortedDictionary<string, byte[]> Files(byte[] configuration, Tokenizer tokenizer)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal) { [ModelFiles.ConfigurationName] = configuration };
        TokenizerFiles own = tokenizer.ToFiles();
        foreach (string name in own.Names)
        {
            if (own.TryGet(name, out byte[]? content))
                files[name] = content;
        }
        return files;
    }
}
