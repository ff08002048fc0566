using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class DiffusionGenerateTransformer
{
    private const long MostWeightBytes = 2_000_000_000;

    private DiffusionGenerateTransformer(IHost host, ModelLoadContext ctx) : base(host, ctx)
    {
        MaskedLanguageModel? loaded = null;
        try
        {
            Settings = ReadSettings(ctx);
            EncoderModel model = EncoderModel.FromFiles(ReadFiles(ctx));
            _tokenizer = model.Tokenizer;
            loaded = model.LoadMaskedLanguageModel(EngineChoice.Of(Host));
            Host.CheckDecode(Settings.MaxLength == loaded.Configuration.MaxLength, $"The settings' MaxLength is {Settings.MaxLength} and the model's {loaded.Configuration.MaxLength}. The file is damaged.");
            _model = SharedModel.Share(loaded);
        }
        catch (Exception exception) when (exception is CheckpointException or TokenizerException or ArgumentException or IOException)
        {
            loaded?.Dispose();
            throw Host.ExceptDecode(exception, $"The saved {LoaderSignature} cannot be read: {exception.Message}");
        }
    }

    // Called by reflection, as [assembly: LoadableClass] says.
    private static DiffusionGenerateTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        CheckColumnPairs(env, ctx.Reader);
        return new DiffusionGenerateTransformer(env.Register(nameof(DiffusionGenerateTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        using SharedModel.Hold held = HoldModel();
        MaskedLanguageModel model = held.Model;
        long bytes = model.Parameters.Length * (model.StoredAs == ElementType.Float32 ? sizeof(float) : 2);
        Host.Check(bytes < MostWeightBytes, $"The model's weights take {bytes} bytes, and a saved one is read back into memory in one piece of at most {MostWeightBytes}. Save it as a directory, and name that in the options.");

        // *** Binary format ***
        // the column pair
        // int: MaxNewTokens, MaxLength, Steps
        // string ids: Schedule, Sampler
        // double: Temperature; int: TopK; double: TopP
        // int: Samples; ulong: Seed; byte: PromptTooLong
        // int: number of files; for each, a string id: its name; the contents are streams of those names
        SaveColumns(ctx);
        ctx.Writer.Write(Settings.MaxNewTokens);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Steps);
        ctx.SaveNonEmptyString(Settings.Schedule.ToText());
        ctx.SaveNonEmptyString(Settings.Sampler.ToString());
        ctx.Writer.Write(Settings.Temperature);
        ctx.Writer.Write(Settings.TopK);
        ctx.Writer.Write(Settings.TopP);
        ctx.Writer.Write(Settings.Samples);
        ctx.Writer.Write(Settings.Seed);
        ctx.Writer.Write((byte)Settings.PromptTooLong);

        TokenizerFiles tokenizer = _tokenizer.ToFiles();
        string[] names = [ModelFiles.ConfigurationName, ModelFiles.WeightsName, .. tokenizer.Names];
        ctx.Writer.Write(names.Length);
        foreach (string name in names)
            ctx.SaveNonEmptyString(name);
        ctx.SaveBinaryStream(ModelFiles.ConfigurationName, writer => EncoderCheckpoint.WriteConfiguration(model, writer.BaseStream, model.StoredAs));
        ctx.SaveBinaryStream(ModelFiles.WeightsName, writer => SafeTensorsWriter.Write(writer.BaseStream, EncoderCheckpoint.Tensors(model, model.StoredAs)));
        foreach (string name in tokenizer.Names)
        {
            if (tokenizer.TryGet(name, out byte[]? content))
                ctx.SaveBinaryStream(name, writer => writer.Write(content));
        }
    }

    /// <summary>Looks at the number of column pairs before ML.NET's base class takes memory for as many as a damaged file says.</summary>
    private static void CheckColumnPairs(IHostEnvironment env, BinaryReader reader)
    {
        Stream stream = reader.BaseStream;
        long start = stream.Position;
        int count = stream.Length - start < sizeof(int) ? 0 : reader.ReadInt32();
        env.CheckDecode(count == 1, $"The saved {LoaderSignature} has {count} column pairs; expected one. The file is damaged.");
        stream.Position = start;
    }

    private static GenerationSettings ReadSettings(ModelLoadContext ctx)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = ctx.Reader.ReadInt32(),
            MaxLength = ctx.Reader.ReadInt32(),
            Steps = ctx.Reader.ReadInt32(),
            Schedule = MaskSchedule.Parse(ctx.LoadNonEmptyString()),
            Sampler = Sampler.Parse(ctx.LoadNonEmptyString()),
            Temperature = ctx.Reader.ReadDouble(),
            TopK = ctx.Reader.ReadInt32(),
            TopP = ctx.Reader.ReadDouble(),
            Samples = ctx.Reader.ReadInt32(),
            Seed = ctx.Reader.ReadUInt64(),
            PromptTooLong = (PromptTooLong)ctx.Reader.ReadByte(),
        };
        settings.Validate();
        return settings;
    }

    private ModelFiles ReadFiles(ModelLoadContext ctx)
    {
        const int mostFiles = 16;
        int count = ctx.Reader.ReadInt32();
        Host.CheckDecode(count is > 0 and <= mostFiles, $"The model has {count} files; expected 1 to {mostFiles}. The file is damaged.");
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
            Host.CheckDecode(found, $"The model has no '{name}'. The file is damaged.");
        }
        return ModelFiles.FromMemory(files, "the saved model");
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "MDIFFGEN",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(DiffusionGenerateTransformer).Assembly.FullName!);
}
