using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Models with another setting of their tokenizer.</summary>
internal static class ChangedTokenizer
{
    /// <summary>A model with a byte-level BPE that reads each text with a space before it.</summary>
    public static EncoderModel WithPrefixSpace(EncoderModel model)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = model.Files.Names.ToDictionary(name => name, name =>
        {
            using ModelFile file = model.Files.Open(name);
            byte[] content = file.ReadAllBytes(int.MaxValue);
            return (ReadOnlyMemory<byte>)(name.Contains("tokenizer", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(
                Encoding.UTF8.GetString(content)
                    .Replace("\"add_prefix_space\":false", "\"add_prefix_space\":true", StringComparison.Ordinal)
                    .Replace("\"add_prefix_space\": false", "\"add_prefix_space\": true", StringComparison.Ordinal)) : content);
        });
        return EncoderModel.FromFiles(ModelFiles.FromMemory(files, "the changed model"));
    }
}
