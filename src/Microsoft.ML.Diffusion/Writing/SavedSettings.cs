using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>The settings for writing in a saved transformer: those of one kind of writing, and those of all kinds.</summary>
/// <typeparam name="TSettings">The type of the settings of this kind.</typeparam>
/// <param name="ModelSignature">The signature of the saved transformer.</param>
/// <param name="LoaderSignature">The signature of its loader.</param>
/// <param name="Save">Writes the settings that only this kind has.</param>
/// <param name="Load">Reads what <paramref name="Save"/> wrote; its result combines it with the shared settings.</param>
internal sealed record SavedSettings<TSettings>(
    string ModelSignature, string LoaderSignature, Action<ModelSaveContext, TSettings> Save,
    Func<ModelLoadContext, Func<DenoisingSettings, TSettings>> Load)
    where TSettings : DenoisingSettings;

/// <summary>The kinds of writing.</summary>
internal static class SavedSettings
{
    private const int MostWords = 1 << 10; // the settings allow fewer

    /// <summary>Writing after prompts.</summary>
    public static SavedSettings<GenerationSettings> Generation { get; } =
        new("MDIFFGEN", DiffusionGenerateTransformer.LoaderSignature, SaveGeneration, LoadGeneration);

    /// <summary>Filling gaps in templates.</summary>
    public static SavedSettings<InfillingSettings> Infilling { get; } =
        new("MDIFINFL", InfillTransformer.LoaderSignature, SaveInfilling, LoadInfilling);

    /// <summary>Writes the shared settings, except for the token budget, which does not change results.</summary>
    /// <exception cref="InvalidOperationException">The schedule consists of delegates.</exception>
    public static void SaveShared(ModelSaveContext ctx, DenoisingSettings settings)
    {
        // *** Binary format ***
        // int: Steps
        // string ids: Schedule, Sampler
        // double: Temperature; int: TopK; double: TopP
        // double: RepetitionPenalty
        // int: the number of BannedTokens; ints: their ids
        // double: Guidance; ulong: Seed
        ctx.Writer.Write(settings.Steps);
        ctx.SaveNonEmptyString(settings.Schedule.ToText());
        ctx.SaveNonEmptyString(settings.Sampler.ToString());
        ctx.Writer.Write(settings.Temperature);
        ctx.Writer.Write(settings.TopK);
        ctx.Writer.Write(settings.TopP);
        ctx.Writer.Write(settings.RepetitionPenalty);
        ctx.Writer.Write(settings.BannedTokens.Count);
        foreach (int id in settings.BannedTokens)
            ctx.Writer.Write(id);
        ctx.Writer.Write(settings.Guidance);
        ctx.Writer.Write(settings.Seed);
    }

    /// <summary>Reads what <see cref="SaveShared"/> wrote; the settings are not yet checked.</summary>
    /// <exception cref="ArgumentException">A text names no schedule, or no sampler.</exception>
    public static DenoisingSettings LoadShared(ModelLoadContext ctx) => new()
    {
        Steps = ctx.Reader.ReadInt32(),
        Schedule = MaskSchedule.Parse(ctx.LoadNonEmptyString()),
        Sampler = Sampler.Parse(ctx.LoadNonEmptyString()),
        Temperature = ctx.Reader.ReadDouble(),
        TopK = ctx.Reader.ReadInt32(),
        TopP = ctx.Reader.ReadDouble(),
        RepetitionPenalty = ctx.Reader.ReadDouble(),
        BannedTokens = ReadMany(ctx, sizeof(int), int.MaxValue, "BannedTokens", () => ctx.Reader.ReadInt32()),
        Guidance = ctx.Reader.ReadDouble(),
        Seed = ctx.Reader.ReadUInt64(),
    };

    private static void SaveGeneration(ModelSaveContext ctx, GenerationSettings settings)
    {
        // int: MaxNewTokens, MaxLength, Samples; byte: PromptTooLong
        // int: EndOfText, -1 for none; int: MinimumLength
        ctx.Writer.Write(settings.MaxNewTokens);
        ctx.Writer.Write(settings.MaxLength);
        ctx.Writer.Write(settings.Samples);
        ctx.Writer.Write((byte)settings.PromptTooLong);
        ctx.Writer.Write(settings.EndOfText ?? -1);
        ctx.Writer.Write(settings.MinimumLength);
    }

    private static Func<DenoisingSettings, GenerationSettings> LoadGeneration(ModelLoadContext ctx)
    {
        int newTokens = ctx.Reader.ReadInt32(), maxLength = ctx.Reader.ReadInt32(), samples = ctx.Reader.ReadInt32();
        var promptTooLong = (PromptTooLong)ctx.Reader.ReadByte();
        int end = ctx.Reader.ReadInt32(), minimum = ctx.Reader.ReadInt32();
        return shared => new GenerationSettings(shared)
        {
            MaxNewTokens = newTokens,
            MaxLength = maxLength,
            Samples = samples,
            PromptTooLong = promptTooLong,
            EndOfText = end == -1 ? null : end,
            MinimumLength = minimum,
        };
    }

    private static void SaveInfilling(ModelSaveContext ctx, InfillingSettings settings)
    {
        // int: ShortestGap, LongestGap, MaxCandidates, MaxLength, Samples; byte: TemplateError
        // int: the number of RequiredWords; string ids: the words
        ctx.Writer.Write(settings.ShortestGap);
        ctx.Writer.Write(settings.LongestGap);
        ctx.Writer.Write(settings.MaxCandidates);
        ctx.Writer.Write(settings.MaxLength);
        ctx.Writer.Write(settings.Samples);
        ctx.Writer.Write((byte)settings.TemplateError);
        ctx.Writer.Write(settings.RequiredWords.Count);
        foreach (string word in settings.RequiredWords)
            ctx.SaveNonEmptyString(word);
    }

    private static Func<DenoisingSettings, InfillingSettings> LoadInfilling(ModelLoadContext ctx)
    {
        int shortest = ctx.Reader.ReadInt32(), longest = ctx.Reader.ReadInt32(), candidates = ctx.Reader.ReadInt32();
        int maxLength = ctx.Reader.ReadInt32(), samples = ctx.Reader.ReadInt32();
        var templateError = (TemplateError)ctx.Reader.ReadByte();
        string[] words = ReadMany(ctx, sizeof(int), MostWords, "RequiredWords", ctx.LoadNonEmptyString);
        return shared => new InfillingSettings(shared)
        {
            ShortestGap = shortest,
            LongestGap = longest,
            MaxCandidates = candidates,
            MaxLength = maxLength,
            Samples = samples,
            TemplateError = templateError,
            RequiredWords = words,
        };
    }

    private static T[] ReadMany<T>(ModelLoadContext ctx, int itemBytes, int most, string name, Func<T> read)
    {
        var items = new T[SavedPart.ReadCount(ctx.Reader, itemBytes, most, name)];
        for (int i = 0; i < items.Length; i++)
            items[i] = read();
        return items;
    }
}
