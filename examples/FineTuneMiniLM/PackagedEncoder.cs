using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Checkpoints;

namespace FineTuneMiniLM;

/// <summary>An encoder in the resources of an assembly, which is read and never loaded.</summary>
internal static class PackagedEncoder
{
    // <example: packaged-encoder>
    public static EncoderModel Load(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = reader.GetMetadataReader();
        return EncoderModel.FromOnnx(
            new MemoryStream(Resource("model.onnx")),
            ModelFiles.FromMemory(
                new Dictionary<string, ReadOnlyMemory<byte>>
                {
                    ["vocab.txt"] = Resource("vocab.txt"),
                    ["tokenizer_config.json"] = """{ "tokenizer_class": "BertTokenizer", "do_lower_case": true }"""u8.ToArray(),
                },
                Path.GetFileName(assembly)));

        byte[] Resource(string name)
        {
            ManifestResource resource = metadata.ManifestResources.Select(metadata.GetManifestResource)
                .Single(resource => metadata.GetString(resource.Name).EndsWith(name, StringComparison.Ordinal));
            int resources = reader.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress;
            BlobReader content = reader.GetSectionData(resources + (int)resource.Offset).GetReader();
            return content.ReadBytes(content.ReadInt32());
        }
    }
    // </example>
}
