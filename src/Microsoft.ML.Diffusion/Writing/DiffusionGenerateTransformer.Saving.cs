using Microsoft.ML.Diffusion.Writing;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class DiffusionGenerateTransformer
{
    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("MDIFFGEN", LoaderSignature);

    // Called by reflection, as [assembly: LoadableClass] says.
    private static DiffusionGenerateTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, nameof(DiffusionGenerateTransformer), () => ReadSettings(ctx), static settings => settings.MaxLength,
        (columns, model, tokenizer, settings) => new DiffusionGenerateTransformer(env, columns, model, tokenizer, settings));

    private protected override void SaveOwnSettings(ModelSaveContext ctx)
    {
        // int: MaxNewTokens, MaxLength, Samples; byte: PromptTooLong
        // int: EndOfText, -1 for none; int: MinimumLength
        ctx.Writer.Write(Settings.MaxNewTokens);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Samples);
        ctx.Writer.Write((byte)Settings.PromptTooLong);
        ctx.Writer.Write(Settings.EndOfText ?? -1);
        ctx.Writer.Write(Settings.MinimumLength);
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
}
