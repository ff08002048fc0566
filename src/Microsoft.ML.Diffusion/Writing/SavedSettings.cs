using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>How masks become tokens, in a saved transformer.</summary>
internal static class SavedSettings
{
    /// <summary>Writes the settings but for EndOfText and MinimumLength, which are for prompts, and the token budget, which changes no result.</summary>
    /// <exception cref="InvalidOperationException">The schedule is made of delegates.</exception>
    public static void Save(ModelSaveContext ctx, DenoisingSettings settings)
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

    /// <summary>Reads what <see cref="Save"/> wrote; not yet checked.</summary>
    /// <exception cref="ArgumentException">A text names no schedule, or no sampler.</exception>
    public static DenoisingSettings Load(ModelLoadContext ctx) => new()
    {
        Steps = ctx.Reader.ReadInt32(),
        Schedule = MaskSchedule.Parse(ctx.LoadNonEmptyString()),
        Sampler = Sampler.Parse(ctx.LoadNonEmptyString()),
        Temperature = ctx.Reader.ReadDouble(),
        TopK = ctx.Reader.ReadInt32(),
        TopP = ctx.Reader.ReadDouble(),
        RepetitionPenalty = ctx.Reader.ReadDouble(),
        BannedTokens = ReadIds(ctx),
        Guidance = ctx.Reader.ReadDouble(),
        Seed = ctx.Reader.ReadUInt64(),
    };

    private static int[] ReadIds(ModelLoadContext ctx)
    {
        int[] ids = new int[SavedPart.ReadCount(ctx.Reader, sizeof(int), int.MaxValue, "BannedTokens")];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = ctx.Reader.ReadInt32();
        return ids;
    }
}
