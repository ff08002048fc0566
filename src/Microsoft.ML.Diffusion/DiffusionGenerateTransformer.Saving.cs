using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class DiffusionGenerateTransformer
{
    // Called by reflection, as [assembly: LoadableClass] says.
    private static DiffusionGenerateTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        IHost host = env.Register(nameof(DiffusionGenerateTransformer));
        MaskedLanguageModel? loaded = null;
        try
        {
            int pairs = ctx.Reader.ReadInt32();
            host.CheckDecode(pairs == 1, $"The saved {LoaderSignature} has {pairs} column pairs; expected one. The file is damaged.");
            string output = ctx.LoadNonEmptyString(), input = ctx.LoadNonEmptyString();
            string? trace = ctx.Reader.ReadBoolean() ? ctx.LoadNonEmptyString() : null;
            host.CheckDecode(trace != output, $"The columns of texts and of traces are both '{output}'. The file is damaged.");
            GenerationSettings settings = ReadSettings(ctx);
            EncoderModel model = ModelStreams.Load(host, ctx);
            loaded = model.LoadMaskedLanguageModel(EngineChoice.Of(host));
            host.CheckDecode(settings.MaxLength == loaded.Configuration.MaxLength, $"The settings' MaxLength is {settings.MaxLength} and the model's {loaded.Configuration.MaxLength}. The file is damaged.");
            return new DiffusionGenerateTransformer(env, output, input, SharedModel<MaskedLanguageModel>.Share(loaded), model.Tokenizer, settings, trace);
        }
        catch (Exception exception) when (ModelStreams.IsDamage(exception))
        {
            loaded?.Dispose();
            throw host.ExceptDecode(exception, $"The saved {LoaderSignature} cannot be read: {exception.Message}");
        }
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        using SharedModel<MaskedLanguageModel>.Hold held = HoldModel();

        // *** Binary format ***
        // int: 1, the number of column pairs; string ids: OutputColumnName, InputColumnName
        // bool: whether there are traces; string id, if so: TraceColumnName
        // int: MaxNewTokens, MaxLength, Samples; byte: PromptTooLong
        // int: EndOfText, -1 for none; int: MinimumLength
        // how masks become tokens
        // the model's files
        ctx.Writer.Write(1);
        ctx.SaveNonEmptyString(OutputColumnName);
        ctx.SaveNonEmptyString(InputColumnName);
        ctx.Writer.Write(TraceColumnName is not null);
        if (TraceColumnName is not null)
            ctx.SaveNonEmptyString(TraceColumnName);
        ctx.Writer.Write(Settings.MaxNewTokens);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Samples);
        ctx.Writer.Write((byte)Settings.PromptTooLong);
        ctx.Writer.Write(Settings.EndOfText ?? -1);
        ctx.Writer.Write(Settings.MinimumLength);
        SavedSettings.Save(ctx, Settings);
        ModelStreams.Save(Host, ctx, held.Model, Tokenizer);
    }

    private static GenerationSettings ReadSettings(ModelLoadContext ctx)
    {
        int newTokens = ctx.Reader.ReadInt32(), maxLength = ctx.Reader.ReadInt32(), samples = ctx.Reader.ReadInt32();
        var promptTooLong = (PromptTooLong)ctx.Reader.ReadByte();
        int end = ctx.Reader.ReadInt32(), minimum = ctx.Reader.ReadInt32();
        var settings = new GenerationSettings(SavedSettings.Load(ctx))
        {
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            Samples = samples,
            PromptTooLong = promptTooLong,
            EndOfText = end == -1 ? null : end,
            MinimumLength = minimum,
        };
        settings.Validate();
        return settings;
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "MDIFFGEN",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(DiffusionGenerateTransformer).Assembly.FullName!);
}
