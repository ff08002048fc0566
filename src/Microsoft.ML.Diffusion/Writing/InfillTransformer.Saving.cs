using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class InfillTransformer
{
    private const int MostWords = 1 << 10; // the settings allow fewer

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("MDIFINFL", LoaderSignature);

    // Called by reflection, as [assembly: LoadableClass] says.
    private static InfillTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, nameof(InfillTransformer), () => ReadSettings(ctx), static settings => settings.MaxLength,
        (columns, model, tokenizer, settings) => new InfillTransformer(env, columns, model, tokenizer, settings));

    private protected override void SaveOwnSettings(ModelSaveContext ctx)
    {
        // int: ShortestGap, LongestGap, MaxCandidates, MaxLength, Samples; byte: TemplateError
        // int: the number of RequiredWords; string ids: the words
        ctx.Writer.Write(Settings.ShortestGap);
        ctx.Writer.Write(Settings.LongestGap);
        ctx.Writer.Write(Settings.MaxCandidates);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Samples);
        ctx.Writer.Write((byte)Settings.TemplateError);
        ctx.Writer.Write(Settings.RequiredWords.Count);
        foreach (string word in Settings.RequiredWords)
            ctx.SaveNonEmptyString(word);
    }

    private static InfillingSettings ReadSettings(ModelLoadContext ctx)
    {
        int shortest = ctx.Reader.ReadInt32(), longest = ctx.Reader.ReadInt32(), candidates = ctx.Reader.ReadInt32();
        int maxLength = ctx.Reader.ReadInt32(), samples = ctx.Reader.ReadInt32();
        var templateError = (TemplateError)ctx.Reader.ReadByte();
        string[] words = new string[SavedPart.ReadCount(ctx.Reader, sizeof(int), MostWords, "RequiredWords")];
        for (int i = 0; i < words.Length; i++)
            words[i] = ctx.LoadNonEmptyString();
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
}
