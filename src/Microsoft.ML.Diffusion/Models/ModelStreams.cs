using System.Security.Cryptography;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>A model's files in a saved transformer: each a stream of its name.</summary>
internal static class ModelStreams
{
    private const long MostWeightBytes = 2_000_000_000;
    private const int MostFiles = 16;

    /// <summary>
    /// Writes whether the model is quantised (a byte), the number of files, a string id for each name, and the streams; then the length of
    /// each file (a long) and its SHA-256.
    /// </summary>
    /// <exception cref="InvalidOperationException">The weights are too large to be read back.</exception>
    public static void Save(IHost host, ModelSaveContext ctx, EncoderWithHead model, Tokenizer tokenizer)
    {
        long bytes = model.Parameters.Length * (model.StoredAs == ElementType.Float32 ? sizeof(float) : 2);
        host.Check(bytes < MostWeightBytes, $"The model's weights take {bytes} bytes, and a saved one is read back into memory in one piece of at most {MostWeightBytes}. Write it with SaveToDirectory, and read it with EncoderModel.FromDirectory.");
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
    /// <param name="hasChecksums">Whether the lengths and checksums of the files are there; the first version had none.</param>
    /// <exception cref="InvalidDataException">A file is missing, or too long, or is not what was saved.</exception>
    /// <exception cref="CheckpointException">The weights are no whole safetensors file.</exception>
    public static EncoderModel Load(ModelLoadContext ctx, bool hasChecksums)
    {
        bool isQuantized = ctx.Reader.ReadBoolean();
        string[] names = new string[SavedPart.ReadCount(ctx.Reader, sizeof(int), MostFiles, "files")];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = ctx.LoadNonEmptyString();
            if (!(names[i] is ModelFiles.ConfigurationName or ModelFiles.WeightsName || TokenizerFiles.IsKnown(names[i])) || Array.IndexOf(names, names[i]) < i)
                throw new InvalidDataException($"It has a file '{names[i]}', which no model has, or twice.");
        }
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            long? length = hasChecksums ? ctx.Reader.ReadInt64() : null;
            byte[] checksum = hasChecksums ? ctx.Reader.ReadBytes(SavedPart.ChecksumLength) : [];
            if (!ctx.TryLoadBinaryStream(name, reader => files[name] = ReadFile(name, reader.BaseStream, length, checksum)))
                throw new InvalidDataException($"It has no '{name}'. {SavedPart.CopyAgain}");
        }
        var model = EncoderModel.FromFiles(ModelFiles.FromMemory(files, "the saved model"));
        return isQuantized ? model.Quantized() : model;
    }

    /// <summary>Whether reading a saved model may end in this exception, which is then the reason why the transformer cannot be read.</summary>
    public static bool IsDamage(Exception exception) => exception is CheckpointException or TokenizerException or ArgumentException or IOException or InvalidDataException;

    /// <summary>Whether such an exception says nothing of the model: ML.NET unpacks to temporary files, for which there may be no room.</summary>
    public static bool IsOfTheDisk(Exception exception) => exception is IOException and not (CheckpointException or TokenizerException or EndOfStreamException);

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

    /// <summary>Reads a file whose length, which the stream knows, is one that the file may have; only then is anything allocated.</summary>
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
            throw new InvalidDataException($"Its '{name}' has {length:N0} bytes; expected {savedLength:N0}, as were saved. {SavedPart.CopyAgain}");
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
            throw new InvalidDataException($"Its '{name}' is not the one that was saved: the checksum (SHA-256) differs. {SavedPart.CopyAgain}");
        return content;
    }
}
