using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>
/// A Hugging Face directory like a user's: BERT's shape, random weights, the embedded model's tokenizer. Deleted on disposal.
/// </summary>
internal sealed class TemporaryModel : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("diffusion-bench").FullName;

    public TemporaryModel(EncoderSize size, int vocabulary)
    {
        using MaskedLanguageModel model = size.Create(EncoderFamily.Bert, vocabulary, maxLength: 512, CpuEngine.Shared);
        EncoderCheckpoint.Save(model, EncoderModel.Default.Tokenizer, _directory);
        Model = EncoderModel.FromDirectory(_directory);
    }

    public EncoderModel Model { get; }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
