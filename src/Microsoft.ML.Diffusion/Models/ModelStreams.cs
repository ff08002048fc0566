using System.Security.Cryptography;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>The files of a model in a saved transformer: each is a stream with the file's name.</summary>
internal static class ModelStreams
{
    private const long MostWeightBytes = 2_000_000_000;
    private const int MostFiles = 16;

    /// <summary>
    /// Writes whether the model is quantized (a byte), the number of files, a string id for each name, and the streams; then the length of
    /// each file (a long) and its SHA-256.
    /// </summary>
    /// <exception cref="InvalidOperationException">The weights are too large to be read back.</exception>
    public static void Save(IHost host, ModelSaveContext ctx, EncoderWithHead model, Tokenizer tokenizer)
    {
        long bytes = model.Parameters.Length * (model.StoredAs == ElementType.Float32 ? sizeof(float) : 2);
        host.Check(bytes < MostWeightBytes,
            $"The model's weights take {bytes} bytes, and a saved transformer can hold at most {MostWeightBytes}. Save the model with " +
            "SaveToDirectory, and load it with EncoderModel.FromDirectory.");
        TokenizerFiles files = tokenizer.ToFiles();
        string[] names = [ModelFiles.ConfigurationName, ModelFiles.WeightsName, .. files.Names];
        ctx.Writer.Write(model.IsQuantized);
        ctx.Writer.Write(names.Length);
        foreach (string name in names)
            ctx.SaveNonEmptyString(name);
        SaveFile(ctx, ModelFiles.ConfigurationName, stream => EncoderCheckpoint.WriteConfiguration(model, stream, model.StoredAs));
        SaveFile(ctx, ModelFiles.WeightsName, stream => EncoderCheckpoint.WriteWeights(model, stream, model.StoredAs));
        foreach (string name in files.Names)
        {
            if (files.TryGet(name, out byte[]? content))
                SaveFile(ctx, name, stream => stream.Write(content));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="ctx">The saved transformer, after its settings.</param>
    /// <param name="hasChecksums">Whether the lengths and checksums of the files are present; version 1 had none.</param>
    /// <exception cref="InvalidDataException">A file is missing or too long, or differs from what was saved.</exception>
    /// <exception cref="CheckpointException">The weights are not a complete safetensors file.</exception>
    public static EncoderModel Load(ModelLoadContext ctx, bool hasChecksums)
    {
        bool isQuantized = ctx.Reader.ReadBoolean();
        string[] names = new string[SavedPart.ReadCount(ctx.Reader, sizeof(int), MostFiles, "files")];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = ctx.LoadNonEmptyString();
            if (!(names[i] is ModelFiles.ConfigurationName or ModelFiles.WeightsName || TokenizerFiles.IsKnown(names[i])) ||
                Array.IndexOf(names, names[i]) < i)
                throw new InvalidDataException($"It has a file '{names[i]}' that is not part of a model, or has it twice.");
        }
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            long? length = hasChecksums ? ctx.Reader.ReadInt64() : null;
            byte[] checksum = hasChecksums ? ctx.Reader.ReadBytes(SavedPart.ChecksumLength) : [];
            if (!ctx.TryLoadBinaryStream(name, reader => files[name] = ReadFile(name, reader.BaseStream, length, checksum)))
                throw new InvalidDataException($"It has no '{name}'. {SavedPart.CopyAgain}");
        }
        if (ctx.Header.ModelVerWritten < SavedPart.VersionWithPairs)
            OldPairs.LeaveToFamily(files);
        var model = EncoderModel.FromFiles(ModelFiles.FromMemory(files, "the saved model"));
        return isQuantized ? model.Quantized() : model;
    }

    /// <summary>Whether this exception, thrown while a saved model is read, explains why the transformer cannot be read.</summary>
    public static bool IsDamage(Exception exception) => exception is CheckpointException or TokenizerException or ArgumentException
        or IOException or InvalidDataException;

    /// <summary>
    /// Whether such an exception says nothing about the model: ML.NET unpacks to temporary files, and the disk may have no room for them.
    /// </summary>
    public static bool IsOfTheDisk(Exception exception) => exception is IOException
        and not (CheckpointException or TokenizerException or EndOfStreamException);

    private static void SaveFile(ModelSaveContext ctx, string name, Action<Stream> write)
    {
        long length = 0;
        using var hash = SHA256.Create();
        ctx.SaveBinaryStream(name, writer =>
        {
            using (var stream = new CryptoStream(writer.BaseStream, hash, CryptoStreamMode.Write, leaveOpen: true))
                write(stream);
            length = writer.BaseStream.Length;
        });
        ctx.Writer.Write(length);
        ctx.Writer.Write(hash.Hash!);
    }

    /// <summary>Reads a file. Its length, which the stream knows, is checked against the limit before anything is allocated.</summary>
    private static byte[] ReadFile(string name, Stream stream, long? savedLength, byte[] checksum)
    {
        long length = stream.Length, most = name switch
        {
            ModelFiles.ConfigurationName => ConfigurationJson.MaximumBytes,
            ModelFiles.WeightsName => Array.MaxLength,
            _ => TokenizerFiles.LargestFile,
        };
        if (length > most)
            throw new InvalidDataException($"Its '{name}' has {length:N0} bytes; expected at most {most:N0}.");
        if (length != (savedLength ?? length))
            throw new InvalidDataException($"Its '{name}' has {length:N0} bytes; expected {savedLength:N0}. {SavedPart.CopyAgain}");
        byte[] content;
        if (name == ModelFiles.WeightsName)
        {
            content = ModelFiles.ReadWeights(stream, name);
        }
        else
        {
            content = new byte[length];
            stream.ReadExactly(content);
        }
        if (savedLength is not null && !SHA256.HashData(content).AsSpan().SequenceEqual(checksum))
            throw new InvalidDataException(
                $"Its '{name}' is not the one that was saved: the checksum (SHA-256) differs. {SavedPart.CopyAgain}");
        return content;
    }
}
