using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class InfillTransformer
{
    // Called by reflection, as [assembly: LoadableClass] says.
    private static InfillTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        IHost host = env.Register(nameof(InfillTransformer));
        MaskedLanguageModel? loaded = null;
        try
        {
            int pairs = ctx.Reader.ReadInt32();
            host.CheckDecode(pairs == 1, $"The saved {LoaderSignature} has {pairs} column pairs; expected one. The file is damaged.");
            string output = ctx.LoadNonEmptyString(), input = ctx.LoadNonEmptyString();
            string? trace = ctx.Reader.ReadBoolean() ? ctx.LoadNonEmptyString() : null;
            host.CheckDecode(trace != output, $"The columns of texts and of traces are both '{output}'. The file is damaged.");
            InfillingSettings settings = ReadSettings(ctx);
            EncoderModel model = ModelStreams.Load(host, ctx);
            loaded = model.LoadMaskedLanguageModel(EngineChoice.Of(host));
            host.CheckDecode(settings.MaxLength == loaded.Configuration.MaxLength, $"The settings' MaxLength is {settings.MaxLength} and the model's {loaded.Configuration.MaxLength}. The file is damaged.");
            return new InfillTransformer(env, output, input, SharedModel<MaskedLanguageModel>.Share(loaded), model.Tokenizer, settings, trace);
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
        // int: ShortestGap, LongestGap, MaxCandidates, MaxLength, Samples; byte: TemplateError
        // int: the number of RequiredWords; string ids: the words
        // how masks become tokens
        // the model's files
        ctx.Writer.Write(1);
        ctx.SaveNonEmptyString(OutputColumnName);
        ctx.SaveNonEmptyString(InputColumnName);
        ctx.Writer.Write(TraceColumnName is not null);
        if (TraceColumnName is not null)
            ctx.SaveNonEmptyString(TraceColumnName);
        ctx.Writer.Write(Settings.ShortestGap);
        ctx.Writer.Write(Settings.LongestGap);
        ctx.Writer.Write(Settings.MaxCandidates);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Samples);
        ctx.Writer.Write((byte)Settings.TemplateError);
        ctx.Writer.Write(Settings.RequiredWords.Count);
        foreach (string word in Settings.RequiredWords)
            ctx.SaveNonEmptyString(word);
        SavedSettings.Save(ctx, Settings);
        ModelStreams.Save(Host, ctx, held.Model, Tokenizer);
    }

    private static InfillingSettings ReadSettings(ModelLoadContext ctx)
    {
        int shortest = ctx.Reader.ReadInt32(), longest = ctx.Reader.ReadInt32(), candidates = ctx.Reader.ReadInt32();
        int maxLength = ctx.Reader.ReadInt32(), samples = ctx.Reader.ReadInt32();
        var templateError = (TemplateError)ctx.Reader.ReadByte();
        List<string> words = []; // grows with what is there, whatever the count says
        for (int count = ctx.Reader.ReadInt32(); words.Count < count;)
            words.Add(ctx.LoadNonEmptyString());
        var settings = new InfillingSettings(SavedSettings.Load(ctx))
        {
            ShortestGap = shortest,
            LongestGap = longest,
            MaxCandidates = candidates,
            MaxLength = maxLength,
            Samples = samples,
            TemplateError = templateError,
            RequiredWords = words,
        };
        settings.Validate();
        return settings;
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "MDIFINFL",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(InfillTransformer).Assembly.FullName!);
}
