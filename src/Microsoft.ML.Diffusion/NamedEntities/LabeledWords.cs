using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>A row's words, their predicted labels, and the entities that the labels describe in their scheme.</summary>
internal sealed class LabeledWords(WordSequence sequence, WordLabels labels, LabelSet names, TagScheme scheme)
{
    private Entity[]? _entities; // created late: not every cursor requests them

    /// <summary>The words.</summary>
    public WordSequence Sequence => sequence;

    /// <summary>Their labels.</summary>
    public WordLabels Labels => labels;

    /// <summary>The entities.</summary>
    public Entity[] Entities => _entities ??= EntityFinder.Find(
        sequence.Text, sequence.Words, Array.ConvertAll(labels.Labels, label => names[label]), labels.LogProbabilities, scheme);
}
