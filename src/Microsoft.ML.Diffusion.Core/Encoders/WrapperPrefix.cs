using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>
/// The prefix that a wrapper around a model adds to the names of all its tensors, such as <c>module.</c> (DataParallel) or
/// <c>_orig_mod.</c> (torch.compile). The family's own names follow it.
/// </summary>
internal static class WrapperPrefix
{
    /// <summary>The prefixes that are removed even if the family's own prefix is missing: any other could be of another family.</summary>
    private static readonly string[] s_wrappers = ["module.", "_orig_mod.", "_forward_module.", "model."];

    /// <summary>The source with the family's names: the same source, or one that owns it and removes the prefix.</summary>
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
