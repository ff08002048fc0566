using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// What a wrapper around a model put before the names of all its tensors, such as <c>module.</c> (DataParallel) or <c>_orig_mod.</c>
/// (torch.compile). It is known by its end: after it, the family's own names begin.
/// </summary>
internal static class WrapperPrefix
{
    /// <summary>The wrappers that are believed where the family's prefix is missing: any other could be another family's.</summary>
    private static readonly string[] s_wrappers = ["module.", "_orig_mod.", "_forward_module.", "model."];

    /// <summary>The source with the family's names: itself, or without the prefix, and then it is owned by what is returned.</summary>
    public static TensorSource TakeOff(TensorSource tensors, EncoderFamily family, EncoderConfiguration configuration)
    {
        string name = family.EncoderNames(configuration).First().Tensors[0];
        string bare = name.StartsWith(family.Prefix, StringComparison.Ordinal) ? name[family.Prefix.Length..] : name;
        if (tensors.Contains(name) || tensors.Contains(bare))
            return tensors;
        string? prefix = Find(tensors, name) ?? (Find(tensors, bare) is string found && IsWrapper(found) ? found : null);
        return prefix is null ? tensors : new UnwrappedTensors(tensors, prefix);
    }

    private static string? Find(TensorSource tensors, string name)
    {
        string? wrapped = tensors.Entries.Keys.FirstOrDefault(key => key.EndsWith("." + name, StringComparison.Ordinal));
        string? prefix = wrapped?[..^name.Length];
        return prefix is not null && tensors.Entries.Keys.All(key => key.StartsWith(prefix, StringComparison.Ordinal)) ? prefix : null;
    }

    private static bool IsWrapper(string prefix)
    {
        while (Array.Find(s_wrappers, wrapper => prefix.StartsWith(wrapper, StringComparison.Ordinal)) is string wrapper)
            prefix = prefix[wrapper.Length..];
        return prefix.Length == 0;
    }
}
