namespace Microsoft.ML.Diffusion.Tasks.NamedEntities;

/// <summary>Chooses the labels of a text's words.</summary>
/// <param name="labels">The labels.</param>
/// <param name="isConstrained">Whether the labels are the most probable valid sequence; otherwise each is the most probable.</param>
internal sealed class LabelDecoder(LabelSet labels, bool isConstrained)
{
    private readonly TagDecoder? _decoder = isConstrained ? new TagDecoder(labels) : null;

    /// <summary>The labels of a text.</summary>
    /// <param name="logProbabilities">The log-probability of each label of each word, [words × labels].</param>
    public WordLabels Decode(double[] logProbabilities)
    {
        int count = labels.Count;
        var path = new int[logProbabilities.Length / count];
        if (_decoder is not null)
            _decoder.Decode(logProbabilities, path);
        else
        {
            for (int word = 0; word < path.Length; word++)
            {
                for (int label = 1; label < count; label++)
                {
                    if (logProbabilities[word * count + label] > logProbabilities[word * count + path[word]])
                        path[word] = label;
                }
            }
        }
        var chosen = new double[path.Length];
        for (int word = 0; word < path.Length; word++)
            chosen[word] = logProbabilities[word * count + path[word]];
        return new WordLabels(path, chosen);
    }
}
