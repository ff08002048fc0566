using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>A model's files in a saved transformer: each a stream of its name.</summary>
internal static class ModelStreams
{
    private const long MostWeightBytes = 2_000_000_000;
    private const int MostFiles = 16;

    /// <summary>Writes whether the model is quantised (a byte), the number of files, a string id for each name, and the streams.</summary>
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
        ctx.SaveBinaryStream(ModelFiles.ConfigurationName, writer => EncoderCheckpoint.WriteConfiguration(model, writer.BaseStream, model.StoredAs));
        ctx.SaveBinaryStream(ModelFiles.WeightsName, writer => SafeTensorsWriter.Write(writer.BaseStream, EncoderCheckpoint.Tensors(model, model.StoredAs)));
        foreach (string name in files.Names)
        {
            if (files.TryGet(name, out byte[]? content))
                ctx.SaveBinaryStream(name, writer => writer.Write(content));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">A file is missing.</exception>
    public static EncoderModel Load(IHost host, ModelLoadContext ctx)
    {
        bool isQuantized = ctx.Reader.ReadBoolean();
        int count = ctx.Reader.ReadInt32();
        host.CheckDecode(count is > 0 and <= MostFiles, $"The model has {count} files; expected 1 to {MostFiles}. The file is damaged.");
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string name = ctx.LoadNonEmptyString();
            bool found = ctx.TryLoadBinaryStream(name, reader =>
            {
                using var content = new MemoryStream(reader.BaseStream is { CanSeek: true, Length: <= int.MaxValue } stream ? (int)stream.Length : 0);
                reader.BaseStream.CopyTo(content);
                files[name] = content.GetBuffer().AsMemory(0, (int)content.Length);
            });
            host.CheckDecode(found, $"The model has no '{name}'. The file is damaged.");
        }
        var model = EncoderModel.FromFiles(ModelFiles.FromMemory(files, "the saved model"));
        return isQuantized ? model.Quantized() : model;
    }

    /// <summary>Whether reading a saved model may end in this exception, which is then the reason why the transformer cannot be read.</summary>
    public static bool IsDamage(Exception exception) => exception is CheckpointException or TokenizerException or ArgumentException or IOException or InvalidDataException;
}
