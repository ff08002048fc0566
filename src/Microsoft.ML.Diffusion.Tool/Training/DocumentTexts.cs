using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Tool.Input;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>Reads files of texts as sequences for masked diffusion: documents where empty lines separate them, otherwise running
/// text.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="length">The maximum number of tokens of a sequence.</param>
/// <param name="tailShare">The share of documents that a random number of closing tokens follows.</param>
internal sealed class DocumentTexts(Tokenizer tokenizer, int length, double tailShare)
{
    /// <summary>Reads files.</summary>
    public MaskedTexts Read(IReadOnlyList<string> files)
    {
        bool[] hasDocuments = [.. files.Select(file => TextParagraphs.Read(file).Take(2).Count() == 2)];
        var texts = new MaskedTexts(tokenizer, length) { LearnEnd = hasDocuments.Contains(true) };
        ulong number = 0;
        foreach ((string file, bool documents) in files.Zip(hasDocuments))
        {
            if (!documents)
            {
                using InputText text = TableFile.OpenText(file);
                texts.AddRunning(ByteLevelBpeTrainer.ReadTexts(text));
                continue;
            }
            foreach (string document in TextParagraphs.Read(file))
                texts.AddDocument(document, tailShare, number++);
        }
        return texts;
    }
}
