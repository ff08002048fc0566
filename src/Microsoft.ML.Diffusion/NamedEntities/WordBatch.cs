using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>Rows of words that are labeled together.</summary>
/// <param name="getWords">Returns the words of the input's current row.</param>
/// <param name="capacity">The number of slots.</param>
/// <param name="createLabeler">Creates the labeler.</param>
internal sealed class WordBatch(Func<WordSequence> getWords, int capacity, Func<WordLabeler> createLabeler) : RowBatch
{
    private readonly WordSequence[] _words = new WordSequence[capacity];
    private readonly LabeledWords[] _labeled = new LabeledWords[capacity];
    private WordLabeler? _labeler; // created late: prediction engines request the getters of all columns and may use none

    public override void Read(int slot) => _words[slot] = getWords();

    public override int Compute(int first, int count)
    {
        _labeler ??= createLabeler();
        _labeler.Label(_words.AsSpan(first, count).ToArray()).CopyTo(_labeled, first);
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => NamedEntityOutput.MakeGetter(column, () => _labeled[slot()]);

    public override void Dispose() => _labeler?.Dispose();
}
