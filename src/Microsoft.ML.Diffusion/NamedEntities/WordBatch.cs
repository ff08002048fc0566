using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>Rows with words, which are labelled together.</summary>
/// <param name="getWords">Gives the words of the input's current row.</param>
/// <param name="capacity">The number of slots.</param>
/// <param name="createLabeller">Makes what labels.</param>
internal sealed class WordBatch(Func<WordSequence> getWords, int capacity, Func<WordLabeller> createLabeller) : RowBatch
{
    private readonly WordSequence[] _words = new WordSequence[capacity];
    private readonly LabelledWords[] _labelled = new LabelledWords[capacity];
    private WordLabeller? _labeller; // prediction engines ask for the getters of all columns, and may use none

    public override void Read(int slot) => _words[slot] = getWords();

    public override int Compute(int first, int count)
    {
        _labeller ??= createLabeller();
        _labeller.Label(_words.AsSpan(first, count).ToArray()).CopyTo(_labelled, first);
        return count;
    }

    public override Delegate MakeGetter(int column, Func<int> slot) => NamedEntityOutput.MakeGetter(column, () => _labelled[slot()]);

    public override void Dispose() => _labeller?.Dispose();
}
