using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>The files of <see cref="SmallModels"/> in memory.</summary>
internal static class TinyModels
{
    /// <summary>What <see cref="EncoderCheckpoint.Save(EncoderWithHead, string, ElementType)"/> writes, by name.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Save(EncoderWithHead model, ElementType type = ElementType.Float32)
    {
        string directory = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;
        try
        {
            EncoderCheckpoint.Save(model, directory, type);
            return Directory.GetFiles(directory)
                .ToDictionary(file => Path.GetFileName(file)!, file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static ModelFiles Files(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) =>
        ModelFiles.FromMemory(files, "the test's memory");

    public static void EditConfiguration(Dictionary<string, ReadOnlyMemory<byte>> files, Action<JsonObject> edit)
    {
        JsonObject json = JsonNode.Parse(files[ModelFiles.ConfigurationName].Span)!.AsObject();
        edit(json);
        files[ModelFiles.ConfigurationName] = Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>Sets properties of config.json; null sets null.</summary>
    public static void SetConfiguration(Dictionary<string, ReadOnlyMemory<byte>> files, JsonObject properties) =>
        EditConfiguration(files, json =>
        {
            foreach ((string name, JsonNode? value) in properties)
                json[name] = value?.DeepClone();
        });

    /// <summary>Writes the weights anew; a tensor that becomes null is left out.</summary>
    public static void EditWeights(Dictionary<string, ReadOnlyMemory<byte>> files, Func<TensorToWrite, TensorToWrite?> edit)
    {
        using TensorSource source = SafeTensorsReader.Open(files[ModelFiles.WeightsName], "before");
        var stream = new MemoryStream();
        SafeTensorsWriter.Write(stream, source.Entries.Values
            .Select(entry => edit(TensorToWrite.FromMemory(entry.Name, entry.Shape.ToArray(), entry.ElementType!.Value,
                source.ReadArray(entry.Name, entry.Shape))))
            .OfType<TensorToWrite>());
        files[ModelFiles.WeightsName] = stream.ToArray();
    }

    public static void AssertSameWeights(IReadOnlyDictionary<string, float[]> expected, IReadOnlyDictionary<string, float[]> actual,
        Func<float, float>? rounded = null)
    {
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Keys.ToArray());
        foreach ((string name, float[] values) in expected)
            Comparison.AssertSameBits(rounded is null ? values : Array.ConvertAll(values, value => rounded(value)), actual[name], name);
    }
}
