using System.Text.Json;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Hub;

/// <summary>The names of the files with a model's weights, in the index of its shards.</summary>
internal static class ShardIndex
{
    private const int LargestIndex = 64 << 20;

    /// <summary>Reads the names; nothing but file names is one.</summary>
    /// <exception cref="HubException">The file is not an index.</exception>
    public static string[] Read(string path)
    {
        using FileStream file = InputFile.Open(path, message => new HubException(message));
        try
        {
            if (file.Length <= LargestIndex)
            {
                using JsonDocument json = JsonDocument.Parse(file);
                string[] names =
                [
                    .. json.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Value.GetString() ?? "")
                        .Distinct()
                ];
                if (names.All(ModelFiles.IsSimpleName))
                    return names;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Refuse(exception);
        }
        throw Refuse();

        HubException Refuse(Exception? cause = null) => new(
            $"'{path}' is not an index of weights; expected a JSON object whose \"weight_map\" names files beside it. Choose another " +
            "revision.",
            cause!);
    }
}
