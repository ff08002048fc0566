namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The checks of <see cref="Pass"/> before it calls an <see cref="Executor"/>. They use handles alone; nothing is read from the device.
/// </summary>
internal static class Arguments
{
    public static void CheckEmbed(Indices indices, Parameter table, Tensor y)
    {
        CheckCount(indices, y.Rows);
        if (indices.Outside(table.Rows) is int index)
            throw new ArgumentOutOfRangeException(nameof(indices), index,
                $"'{table.Name}' has {table.Rows} rows; an index must be in [0, {table.Rows}).");
        CheckColumns(y, table.Columns);
    }

    public static void CheckPositions(Tensor y, Parameter table, Sequences sequences, int offset)
    {
        CheckRows(y, sequences);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (sequences.Longest > table.Rows - offset)
            throw new ArgumentOutOfRangeException(nameof(sequences), sequences.Longest,
                $"'{table.Name}' has {table.Rows} rows, so sequences whose positions begin at {offset} may have at most " +
                $"{table.Rows - offset} tokens.");
        CheckColumns(y, table.Columns);
    }

    public static void CheckRow(Tensor y, Parameter table, int row)
    {
        if ((uint)row >= (uint)table.Rows)
            throw new ArgumentOutOfRangeException(nameof(row), row,
                $"'{table.Name}' has {table.Rows} rows; a row must be in [0, {table.Rows}).");
        CheckColumns(y, table.Columns);
    }

    public static void CheckLinear(Tensor x, Parameter weight, Parameter? bias)
    {
        if (x.Columns != weight.Columns)
            throw new ArgumentException(
                $"'{weight.Name}' is {weight.Rows} × {weight.Columns}, so its input must be {x.Rows} × {weight.Columns}, but was {x.Rows} " +
                $"× {x.Columns}.", nameof(x));
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
            throw new ArgumentException(
                $"A gate needs rows of two halves, but the input has {x.Columns} columns. Use an even number of columns.", nameof(x));
    }

    public static void CheckRate(double rate)
    {
        if (!(rate >= 0 && rate < 1))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "A dropout rate must be in [0, 1).");
    }

    public static void CheckSameShape(Tensor a, Tensor b)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"The shapes are {a.Rows} × {a.Columns} and {b.Rows} × {b.Columns}; expected equal shapes.",
                nameof(b));
    }

    public static void CheckRotate(Tensor qkv, Sequences sequences, int heads)
    {
        CheckRows(qkv, sequences);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        int half = qkv.Columns / 3 / heads / 2;
        if (qkv.Columns != 6 * heads * half || half == 0)
            throw new ArgumentException(
                $"Rotary positions rotate pairs, so heads must have an even width; {qkv.Columns} columns of queries, keys and values do " +
                $"not give {heads} such heads.", nameof(heads));
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
            throw new ArgumentException(
                $"The bias is {added.Rows} × {added.Columns}; expected {distances} × {heads}, a row for each distance in sequences of up " +
                $"to {sequences.Longest} and a column for each head.", nameof(bias));
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
            throw new ArgumentException(
                $"There are {targets.Count} targets and {weights.Rows} × {weights.Columns} weights for {x.Rows} rows; expected one " +
                "of each per row.");
        if (!(smoothing >= 0 && smoothing < 1))
            throw new ArgumentOutOfRangeException(nameof(smoothing), smoothing, "Label smoothing must be in [0, 1).");
        if (targets.Outside(weight.Rows) is int target)
            throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target must be in [0, {weight.Rows}).");
    }

    public static void CheckTop(Tensor x, int count, int sums, int values, int columns)
    {
        if (count < 1 || count > x.Columns)
            throw new ArgumentOutOfRangeException(nameof(count), count,
                $"The {count} greatest elements were requested from rows of {x.Columns}; expected 1 to {x.Columns}.");
        if (sums != x.Rows || values != x.Rows * count || columns != values)
            throw new ArgumentException(
                $"For {x.Rows} rows and {count} elements of each there is space for {sums} sums, {values} values and {columns} columns; " +
                $"expected {x.Rows}, {(long)x.Rows * count} and {(long)x.Rows * count}.");
    }

    public static void CheckDraw(
        Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, int drawn)
    {
        if (!(settings.Temperature >= 0 && double.IsFinite(settings.Temperature)))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.Temperature,
                "The temperature must be 0, for the most likely token, or a finite number above it.");
        if (!(settings.TopP > 0 && settings.TopP <= 1))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.TopP, "Top-p must be in (0, 1]; 1 is for all tokens.");
        if (!Enum.IsDefined(settings.Score))
            throw new ArgumentOutOfRangeException(nameof(settings), settings.Score,
                "The score must be None, MaxProbability, Margin or NegativeEntropy.");
        if (requests.Length != logits.Rows || drawn != logits.Rows)
            throw new ArgumentException(
                $"There are {requests.Length} requests and space for {drawn} tokens; expected one of each for {logits.Rows} rows.",
                nameof(requests));
        int vocabulary = logits.Columns;
        if (banned.Outside(vocabulary) is int outside)
            throw new ArgumentOutOfRangeException(nameof(banned), outside, $"A banned token must be in [0, {vocabulary}).");
        foreach (DrawRequest request in requests)
        {
            if (!(request.Uniform > 0 && request.Uniform < 1))
                throw new ArgumentOutOfRangeException(nameof(requests), request.Uniform, "A uniform must be in (0, 1).");
            if (request.TopK < 0)
                throw new ArgumentOutOfRangeException(nameof(requests), request.TopK, "Top-k must be 0, for all tokens, or more.");
            if (request.Banned < -1 || request.Banned >= vocabulary)
                throw new ArgumentOutOfRangeException(nameof(requests), request.Banned,
                    $"The token banned in a row must be in [0, {vocabulary}), or −1 for none.");
        }
    }

    public static void CheckLength(Tensor tensor, int length)
    {
        if (length != (long)tensor.Rows * tensor.Columns)
            throw new ArgumentException(
                $"There are {length} values for a tensor of {tensor.Rows} × {tensor.Columns}; expected " +
                $"{(long)tensor.Rows * tensor.Columns}.", nameof(length));
    }

    private static void CheckVector(Parameter? vector, int length)
    {
        if (vector is not null && vector.Length != length)
            throw new ArgumentException($"'{vector.Name}' has {vector.Length} elements; expected {length}.", nameof(vector));
    }

    private static void CheckCount(Indices indices, int rows)
    {
        if (indices.Count != rows)
            throw new ArgumentException($"There are {indices.Count} indices for a tensor of {rows} rows; expected one per row.",
                nameof(indices));
    }

    private static void CheckColumns(Tensor y, int columns)
    {
        if (y.Columns != columns)
            throw new ArgumentException($"The table has {columns} columns; expected the tensor's {y.Columns}.", nameof(y));
    }

    private static void CheckRows(Tensor x, Sequences sequences)
    {
        if (x.Rows != sequences.Rows)
            throw new ArgumentException($"The sequences have {sequences.Rows} rows in all; expected the tensor's {x.Rows}.",
                nameof(sequences));
    }
}
