using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Reading;

/// <summary>A pretrained encoder in the resources of a package's assembly, which is never loaded.</summary>
public static class PretrainedEncoder
{
    /// <summary>Whether the package is here.</summary>
    public static string PathOf(string name) => typeof(PretrainedEncoder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == name).Value!;

    /// <summary>The ONNX file and the tokenizer's files.</summary>
    public static (byte[] Onnx, ModelFiles Tokenizer) Read(string name)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
            Assert.Inconclusive($"The package of {name} is absent; restore this project to run this test.");
        using FileStream file = File.OpenRead(path);
        using var assembly = new PEReader(file);
        byte[] onnx = ReadResource(assembly, ".onnx"), vocabulary = ReadResource(assembly, "vocab.txt");
        return (onnx, ModelFiles.FromMemory(
            new Dictionary<string, ReadOnlyMemory<byte>> { ["vocab.txt"] = vocabulary }, $"the package of {name}"));
    }

    private static byte[] ReadResource(PEReader assembly, string end)
    {
        MetadataReader metadata = assembly.GetMetadataReader();
        ManifestResource resource = metadata.ManifestResources.Select(metadata.GetManifestResource)
            .Single(item => metadata.GetString(item.Name).EndsWith(end, StringComparison.Ordinal));
        int start = assembly.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress;
        BlobReader blob = assembly.GetSectionData(start).GetReader();
        blob.Offset = (int)resource.Offset;
        return blob.ReadBytes(blob.ReadInt32());
    }
}
