using System.Text;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A candidate as a row of the batch: [opening token] pieces, masks and required words [closing token].</summary>
internal sealed class InfillRow
{
    private readonly TokenizedTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly GapTokens _gapTokens;
    private readonly List<Run> _runs = [];
    private readonly Dictionary<int, bool[]> _allowed = [];

    /// <summary>Builds the row.</summary>
    public InfillRow(TokenizedTemplate template, InfillCandidate candidate, Tokenizer tokenizer, GapTokens gapTokens)
    {
        (_template, _tokenizer, _gapTokens) = (template, tokenizer, gapTokens);
        List<int> tokens = [tokenizer.BeginToken];
        AddPiece(0, tokens);
        for (int gap = 0; gap < template.Gaps.Count; gap++)
        {
            int at = 0;
            foreach (int word in Enumerable.Range(0, candidate.Places.Length).Where(word => candidate.Places[word].Gap == gap)
                .OrderBy(word => candidate.Places[word].Offset))
            {
                WordPlace place = candidate.Places[word];
                AddMasks(gap, place.Offset - at, tokens, tokenizer.MaskToken);
                _runs.Add(new Run(RunKind.Word, word, gap, tokens.Count, place.Length));
                tokens.AddRange(template.TokensOf(word, gap, place.Offset));
                at = place.Offset + place.Length;
            }
            AddMasks(gap, candidate.Lengths[gap] - at, tokens, tokenizer.MaskToken);
            AddPiece(gap + 1, tokens);
        }
        tokens.Add(tokenizer.EndToken);
        Tokens = [.. tokens];
        for (int i = 0; i < _runs.Count; i++)
        {
            Run run = _runs[i];
            if (run.Kind == RunKind.Word)
                WordPositions.AddRange(Enumerable.Range(run.Start, run.Count));
            if (run.Kind != RunKind.Masks)
                continue;
            MaskCount += run.Count;
            GapEdges left = EdgesAfter(i == 0 ? null : _runs[i - 1]),
                right = i + 1 < _runs.Count ? EdgesBefore(_runs[i + 1]) : GapEdges.None;
            Restrict(run.Start, run.Count == 1 ? left | right : left);
            if (run.Count > 1)
                Restrict(run.Start + run.Count - 1, right);
        }
    }

    private enum RunKind
    {
        Piece,
        Masks,
        Word,
    }

    /// <summary>The row's tokens, with masks where tokens are to be written.</summary>
    public int[] Tokens { get; }

    /// <summary>The positions of the required words' tokens, ascending.</summary>
    public List<int> WordPositions { get; } = [];

    /// <summary>The number of masks.</summary>
    public int MaskCount { get; }

    /// <summary>Which tokens may be written at a position: see <see cref="AllowedTokens"/>.</summary>
    public ReadOnlySpan<bool> Allowed(int position) => _allowed.GetValueOrDefault(position);

    /// <summary>The text: pieces and required words as given, and between them the tokens written over the masks.</summary>
    public (string Text, FilledGap[] Gaps) Compose(ReadOnlySpan<int> row)
    {
        var text = new StringBuilder();
        var starts = new int[_template.Gaps.Count];
        var ends = new int[_template.Gaps.Count];
        var ids = new List<int>[_template.Gaps.Count];
        for (int i = 0; i < _runs.Count; i++)
        {
            Run run = _runs[i], before = i > 0 ? _runs[i - 1] : default;
            if (run.Kind == RunKind.Piece)
            {
                text.Append(_template.Pieces[run.Index]!.Text);
                continue;
            }
            if (ids[run.Gap] is null)
                (ids[run.Gap], starts[run.Gap]) = ([], text.Length);
            bool isBare = i == 0 || before.Kind == RunKind.Piece && _template.Pieces[before.Index]!.End != PieceEnd.Joined;
            if (run.Kind == RunKind.Word)
            {
                if (!isBare && text.Length > 0 && !char.IsWhiteSpace(text[^1]))
                    text.Append(' ');
                text.Append(_template.Words[run.Index].Text);
            }
            else
            {
                string written = Decode(row, run, i + 1 < _runs.Count ? _runs[i + 1] : null);
                text.Append(isBare ? written.TrimStart() : written);
            }
            ids[run.Gap].AddRange(row.Slice(run.Start, run.Count));
            ends[run.Gap] = text.Length;
        }
        string all = text.ToString();
        return (all, [.. ids.Select((tokens, gap) => new FilledGap(all[starts[gap]..ends[gap]], tokens))]);
    }

    // The text that a run's tokens add after the text before it. If a word of the template follows directly, the text between them is
    // included (WordPiece has no space tokens, so it depends on the neighbors); otherwise trailing whitespace before a piece or a word is
    // removed, since those have their own.
    private string Decode(ReadOnlySpan<int> row, Run run, Run? next)
    {
        int[] own = row.Slice(run.Start, run.Count).ToArray(), previous = run.Start > 1 ? [_gapTokens.Visible(row[run.Start - 1])] : [];
        string before = _tokenizer.Decode(previous), written = _tokenizer.Decode([.. previous, .. own]);
        // The bytes of one character may be split between them.
        written = written.StartsWith(before, StringComparison.Ordinal) ? written[before.Length..] : _tokenizer.Decode(own);
        if (next is not Run { Kind: RunKind.Piece or RunKind.Word } follower)
            return written;
        if (follower.Kind == RunKind.Word || follower.Count == 0 ||
            _template.Pieces[follower.Index] is not ({ StartsWithWord: true } or { StartsWithOpening: true }))
            return written.TrimEnd();
        int following = _gapTokens.Visible(row[follower.Start]);
        return _tokenizer.Decode([.. own, following]).EndsWith($" {_tokenizer.Decode([following])}", StringComparison.Ordinal)
            ? written.TrimEnd() + " "
            : written;
    }

    private void AddPiece(int index, List<int> tokens)
    {
        if (_template.Pieces[index] is not TemplatePiece piece)
            return;
        _runs.Add(new Run(RunKind.Piece, index, index, tokens.Count, piece.Tokens.Length));
        tokens.AddRange(piece.Tokens);
    }

    private void AddMasks(int gap, int count, List<int> tokens, int mask)
    {
        if (count == 0)
            return;
        _runs.Add(new Run(RunKind.Masks, gap, gap, tokens.Count, count));
        tokens.AddRange(Enumerable.Repeat(mask, count));
    }

    private GapEdges EdgesAfter(Run? run) => run switch
    {
        null => GapEdges.AtStart,
        { Kind: RunKind.Word } => GapEdges.AfterWord,
        { Kind: RunKind.Piece } piece => _template.Pieces[piece.Index]!.End switch
        {
            PieceEnd.PendingSpace => GapEdges.AtWordStart,
            PieceEnd.Space => GapEdges.AfterSpace,
            PieceEnd.Opening => GapEdges.AtStart,
            _ => GapEdges.None,
        },
        _ => GapEdges.None,
    };

    private GapEdges EdgesBefore(Run run) =>
        run.Kind == RunKind.Word || run.Kind == RunKind.Piece &&
            _template.Pieces[run.Index]!.StartsWithSpace ? GapEdges.BeforeSpace : GapEdges.None;

    private void Restrict(int position, GapEdges edges)
    {
        if (_gapTokens.Allowed(edges) is bool[] allowed)
            _allowed[position] = allowed;
    }

    /// <summary>A run of tokens with one origin.</summary>
    /// <param name="Kind">What the tokens are.</param>
    /// <param name="Index">The number of the piece, gap or word.</param>
    /// <param name="Gap">The number of the gap; for a piece, that of the gap after it.</param>
    /// <param name="Start">Where the run begins in the row.</param>
    /// <param name="Count">The number of tokens.</param>
    private readonly record struct Run(RunKind Kind, int Index, int Gap, int Start, int Count);
}
