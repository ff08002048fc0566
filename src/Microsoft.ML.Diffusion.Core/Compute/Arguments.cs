namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// What <see cref="Pass"/> checks before an <see cref="Executor"/> is called, from handles alone: nothing is read from the device.
/// </summary>
internal static class Arguments
{
    public static void CheckEmbed(Indices indices, Parameter table, Tensor y)
    {
        CheckCount(indices, y.Rows);
        if (indices.Outside(table.Rows) is int index)
            throw new ArgumentOutOfRangeException(nameof(indices), index, $"'{table.Name}' has {table.Rows} rows; an index must be in [0, {table.Rows}).");
        CheckColumns(y, table.Columns);
    }

    public static void CheckPositions(Tensor y, Parameter table, Sequences sequences, int offset)
    {
        CheckRows(y, sequences);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (sequences.Longest > table.Rows - offset)
            throw new ArgumentOutOfRangeException(nameof(sequences), sequences.Longest, $"'{table.Name}' has {table.Rows} rows; of sequences whose positions begin at {offset} it takes at most {table.Rows - offset}.");
        CheckColumns(y, table.Columns);
    }

    public static void CheckRow(Tensor y, Parameter table, int row)
    {
        if ((uint)row >= (uint)table.Rows)
            throw new ArgumentOutOfRangeException(nameof(row), row, $"'{table.Name}' has {table.Rows} rows; a row must be in [0, {table.Rows}).");
        CheckColumns(y, table.Columns);
    }

    public static void CheckLinear(Tensor x, Parameter weight, Parameter? bias)
    {
        if (x.Columns != weight.Columns)
            throw new ArgumentException($"'{weight.Name}' is {weight.Rows} × {weight.Columns}: it takes {x.Rows} × {weight.Columns} to {x.Rows} × {weight.Rows}, but was given {x.Rows} × {x.Columns}.", nameof(x));
        CheckVector(bias, weight.Rows);
    }

    public static void CheckNorm(Tensor x, Parameter weight, Parameter? bias)
    {
        CheckVector(weight, x.Columns);
        CheckVector(bias, x.Columns);
    }

    public static void CheckGate(Tensor x)
    {
        if (x.Columns % 2 != 0)
            throw new ArgumentException($"A gate takes rows of two halves, but was given {x.Columns} columns.", nameof(x));
    }

    public static void CheckRate(double rate)
    {
        if (!(rate >= 0 && rate < 1))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "A chance of being dropped must be in [0, 1).");
    }

    public static void CheckSameShape(Tensor a, Tensor b)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"{a.Rows} × {a.Columns} was given with {b.Rows} × {b.Columns}; expected one shape.", nameof(b));
    }

    public static void CheckRotate(Tensor qkv, Sequences sequences, int heads)
    {
        CheckRows(qkv, sequences);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        int half = qkv.Columns / 3 / heads / 2;
        if (qkv.Columns != 6 * heads * half || half == 0)
            throw new ArgumentException($"Rotary positions turn pairs: {qkv.Columns} columns of queries, keys and values do not give {heads} heads of even width.", nameof(heads));
    }

    public static void CheckAttend(Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias)
    {
        CheckRows(qkv, sequences);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (qkv.Columns % (3 * heads) != 0)
            throw new ArgumentException($"A width of {qkv.Columns / 3} does not divide into {heads} heads.", nameof(heads));
        ArgumentOutOfRangeException.ThrowIfNegative(pattern.Before, nameof(pattern));
        ArgumentOutOfRangeException.ThrowIfNegative(pattern.After, nameof(pattern));
        int distances = Math.Max(0, 2 * sequences.Longest - 1);
        if (bias is Tensor added && (added.Rows != distances || added.Columns != heads))
            throw new ArgumentException($"The bias is {added.Rows} × {added.Columns}; expected {distances} × {heads}, a row for each distance in sequences of up to {sequences.Longest} and a column for each head.", nameof(bias));
    }

    public static void CheckGather(Tensor x, Indices rows)
    {
        if (rows.Outside(x.Rows) is int row)
            throw new ArgumentOutOfRangeException(nameof(rows), row, $"A row must be in [0, {x.Rows}).");
    }

    public static void CheckPool(Tensor x, Sequences sequences, string what)
    {
        CheckRows(x, sequences);
        if (sequences.FirstEmpty >= 0)
            throw new ArgumentException($"Sequence {sequences.FirstEmpty} is empty and has no {what}.", nameof(sequences));
    }

    public static void CheckCrossEntropy(Tensor x, Parameter weight, Parameter? bias, Indices targets, Tensor weights, double smoothing)
    {
        CheckLinear(x, weight, bias);
        if (targets.Count != x.Rows || (long)weights.Rows * weights.Columns != x.Rows)
            throw new ArgumentException($"{x.Rows} rows were given {targets.Count} targets and {weights.Rows} × {weights.Columns} weights; expected one of each for a row.");
        if (!(smoothing >= 0 && smoothing < 1))
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Label smoothing must be in [0, 1).");
        if (targets.Outside(weight.Rows) is int target)
            throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target must be in [0, {weight.Rows}).");
    }

    public static void CheckTop(Tensor x, int count, int sums, int values, int columns)
    {
        if (count < 1 || count > x.Columns)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Rows of {x.Columns} elements were asked for their {count} greatest; expected 1 to {x.Columns}.");
        if (sums != x.Rows || values != x.Rows * count || columns != values)
            throw new ArgumentException($"{x.Rows} rows and {count} elements of each were given space for {sums} sums, {values} values and {columns} columns.");
    }

    public static void CheckLength(Tensor tensor, int length)
    {
        if (length != (long)tensor.Rows * tensor.Columns)
            throw new ArgumentException($"A tensor of {tensor.Rows} × {tensor.Columns} was given {length} values.", nameof(length));
    }

    private static void CheckVector(Parameter? vector, int length)
    {
        if (vector is not null && vector.Length != length)
            throw new ArgumentException($"'{vector.Name}' has {vector.Length} elements; expected {length}.", nameof(vector));
    }

    private static void CheckCount(Indices indices, int rows)
    {
        if (indices.Count != rows)
            throw new ArgumentException($"A tensor of {rows} rows was given {indices.Count} indices; give one for each row.", nameof(indices));
    }

    private static void CheckColumns(Tensor y, int columns)
    {
        if (y.Columns != columns)
            throw new ArgumentException($"A tensor of {y.Columns} columns was given a table of {columns}.", nameof(y));
    }

    private static void CheckRows(Tensor x, Sequences sequences)
    {
        if (x.Rows != sequences.Rows)
            throw new ArgumentException($"A tensor of {x.Rows} rows was given sequences of {sequences.Rows} rows together.", nameof(sequences));
    }
}
