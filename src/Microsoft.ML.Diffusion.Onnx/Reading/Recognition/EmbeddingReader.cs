using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>Recognizes embeddings: a normalized sum of rows of tables, told apart by the ids that were looked up.</summary>
internal sealed class EmbeddingReader(SampleInput sample)
{
    /// <summary>Reads embeddings.</summary>
    /// <returns>Null if the term is something else.</returns>
    /// <exception cref="RecognitionException">It is a sum of lookups that an encoder here does not have.</exception>
    public EmbeddingPart? TryRead(Term term)
    {
        LinearPart? projection = null;
        if (term is { IsWhole: true, Of: Linear { X.Of: Normalized } })
        {
            projection = Views.Columns(term, out Term? input);
            term = input!;
        }
        if (Views.Norm(term, out Term? sum) is not NormPart norm)
            return null;
        var lookups = new List<Term>();
        if (!Flatten(sum!, lookups))
            return null;
        Weight? tokens = null, positions = null, types = null;
        int offset = 0;
        foreach (Term lookup in lookups)
        {
            Weight table = ((Lookup)lookup.Of).Table;
            long[] ids = Ids(lookup);
            if (Matches(ids, i => sample.Ids.Integers[i]))
                Set(ref tokens, table, lookup);
            else if (Matches(ids, i => ids[0] + i % sample.Length))
            {
                Set(ref positions, table, lookup);
                offset = (int)ids[0];
            }
            else if (Matches(ids, i => sample.Types.Integers[i]) || Matches(ids, _ => 0))
                Set(ref types, table, lookup);
            else
                throw new RecognitionException(lookup, "expected a table of tokens, of positions or of token types");
        }
        if (tokens is null)
            throw new RecognitionException(term, "expected embeddings with a table of tokens");
        return new EmbeddingPart(tokens, positions, offset, types, norm, projection);
    }

    private static void Set(ref Weight? table, Weight found, Term lookup) =>
        table = table is null ? found : throw new RecognitionException(lookup, "expected one table of tokens, of positions and of " +
            "token types");

    private static bool Flatten(Term term, List<Term> lookups)
    {
        if (term.Scale != 1 || term.Scales is not null)
            return false;
        if (term.Of is Lookup)
        {
            lookups.Add(term);
            return lookups.Count < 8;
        }
        return term is { IsWhole: true, Of: Sum sum } && Flatten(sum.A, lookups) && Flatten(sum.B, lookups);
    }

    /// <summary>The ids of the rows of a term of [batch, sequence, width].</summary>
    private long[] Ids(Term term)
    {
        var lookup = (Lookup)term.Of;
        int width = term.Width;
        long rows = (long)sample.Batch * sample.Length;
        if (term.Count != rows * width || width != lookup.Dims[^1])
            throw new RecognitionException(term, "expected a row of a table for each token");
        long[] ids = lookup.Ids.Integers;
        var found = new long[rows];
        for (int i = 0; i < term.Count; i++)
        {
            int at = term.At(i);
            if (at % width != i % width)
                throw new RecognitionException(term, "expected whole rows of a table");
            found[i / width] = ids[at / width];
        }
        return found;
    }

    private bool Matches(long[] ids, Func<int, long> expected)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (sample.IsToken(i) && ids[i] != expected(i))
                return false;
        }
        return true;
    }
}
