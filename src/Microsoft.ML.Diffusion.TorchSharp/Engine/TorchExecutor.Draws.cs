using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Tokens drawn from rows of logits: what is requested of the rows goes to the device at once, and what is drawn comes back at once.
/// Exponentials are float32; sums are of the device's widest type.
/// </summary>
internal sealed partial class TorchExecutor
{
    private const int NumbersOfRow = 4;

    /// <inheritdoc/>
    public override bool CanDraw => engine.DrawsTokens;

    /// <inheritdoc/>
    public override void Draw(
        Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn)
    {
        using DisposeScope scope = NewDisposeScope();
        if (logits.Rows == 0)
            return;
        DrawRequests rows = Send(requests, logits.Columns);
        TorchTensor x = Ban(Single(logits), banned, rows);
        (TorchTensor greatest, TorchTensor mostLikely) = x.max(1, keepdim: true); // the first of equal ones; a NaN is the greatest
        TorchTensor distances = x.sub(greatest), plain = distances.exp();
        TorchTensor logSum = plain.sum(dim: 1L, keepdim: true, type: engine.WideType).log_();
        TorchTensor score = Score(settings.Score, x, greatest, distances, plain, logSum);
        TorchTensor token = settings.Temperature == 0 ? mostLikely
            : Pick(Weights(x, distances, plain, settings, rows), rows.Uniforms, mostLikely);
        TorchTensor logProbability = distances.gather(1, token).to(engine.WideType).sub_(logSum);
        using Scalar none = -1.0;
        TorchTensor found = token.to(engine.WideType).masked_fill_(greatest.isfinite().logical_not_(), none);
        TorchTensor onDevice = cat([found, mostLikely.to(engine.WideType), logProbability, score], 1);
        long wait = engine.BeginWait();
        TorchTensor numbers = onDevice.cpu().to(ScalarType.Float64);
        engine.EndWait(wait);
        ReadOnlySpan<double> values = MemoryMarshal.Cast<byte, double>(numbers.contiguous().bytes);
        for (int row = 0; row < drawn.Length; row++)
        {
            ReadOnlySpan<double> own = values.Slice(row * NumbersOfRow, NumbersOfRow);
            drawn[row] = new DrawnToken((int)own[0], (int)own[1], own[2], own[3]);
        }
    }

    /// <summary>Sends requests to the device in one tensor.</summary>
    private DrawRequests Send(ReadOnlySpan<DrawRequest> requests, int vocabulary)
    {
        // So near to 1 that its product with a sum is below the sum, however it is rounded.
        double last = engine.WideType == ScalarType.Float64 ? 1 - 1.0 / (1L << 52) : 1 - 1.0 / (1 << 23);
        var numbers = new double[3 * requests.Length];
        int greatestLimit = 0;
        bool isLimited = true, bans = false;
        for (int row = 0; row < requests.Length; row++)
        {
            DrawRequest request = requests[row];
            bool hasLimit = request.TopK > 0 && request.TopK < vocabulary;
            greatestLimit = Math.Max(greatestLimit, hasLimit ? request.TopK : 0);
            (isLimited, bans) = (isLimited && hasLimit, bans || request.Banned >= 0);
            numbers[row] = Math.Min(request.Uniform, last);
            numbers[requests.Length + row] = hasLimit ? request.TopK : vocabulary;
            numbers[2 * requests.Length + row] = request.Banned;
        }
        TorchTensor sent = (engine.WideType == ScalarType.Float64 ? engine.OnDevice<double>(numbers)
            : engine.OnDevice<float>(Array.ConvertAll(numbers, number => (float)number))).view(3, -1, 1);
        return new DrawRequests(sent.select(0, 0), greatestLimit, isLimited,
            greatestLimit > 0 ? sent.select(0, 1).to(ScalarType.Int64) : null, bans ? sent.select(0, 2).to(ScalarType.Int64) : null);
    }

    /// <summary>Sets the logits of banned tokens to −∞, in place.</summary>
    private TorchTensor Ban(TorchTensor logits, Indices banned, DrawRequests rows)
    {
        if (banned.Count > 0)
            logits.index_fill_(1, Of(banned), Scalars.NegativeInfinity);
        if (rows.Banned is TorchTensor own)
        {
            TorchTensor columns = own.clamp_min(Scalars.IntegerZero);
            TorchTensor values = logits.gather(1, columns).masked_fill_(own.ge(Scalars.IntegerZero), Scalars.NegativeInfinity);
            logits.scatter_(1, columns, values);
        }
        return logits;
    }

    private TorchTensor Score(
        DrawScore score, TorchTensor logits, TorchTensor greatest, TorchTensor distances, TorchTensor plain, TorchTensor logSum)
    {
        switch (score)
        {
            case DrawScore.MaxProbability:
                return logSum.neg();
            case DrawScore.Margin when logits.shape[1] > 1:
                TorchTensor second = logits.topk(2, 1).values.narrow(1, 1, 1).sub(greatest).to(engine.WideType);
                return second.exp_().neg_().add_(Scalars.One).log_().sub_(logSum);
            case DrawScore.NegativeEntropy:
                // Below this the exponential is 0, and the product must not be 0 · ∞.
                using (Scalar least = -104.0)
                    return plain.mul(distances.clamp_min(least)).sum(dim: 1L, keepdim: true, type: engine.WideType)
                        .div_(logSum.exp()).sub_(logSum);
            default:
                return zeros_like(logSum);
        }
    }

    /// <summary>The weights of what may be drawn, and 0 for the rest, [rows × vocabulary].</summary>
    private TorchTensor Weights(
        TorchTensor logits, TorchTensor distances, TorchTensor plain, in DrawSettings settings, DrawRequests rows)
    {
        TorchTensor weights = plain;
        if (settings.Temperature != 1)
        {
            using Scalar scale = Math.Clamp(1 / settings.Temperature, 1e-30, 1e30); // so that 0 · scale stays 0, and −∞ · scale −∞
            weights = distances.mul(scale).exp_();
        }
        if (rows.Limits is TorchTensor limits)
        {
            using Scalar most = (long)rows.GreatestLimit;
            TorchTensor last = limits.clamp_max(most).sub_(Scalars.IntegerOne);
            TorchTensor keeps = KeepGreatest(logits, logits.topk(rows.GreatestLimit, 1).values.gather(1, last), limits);
            if (!rows.AreLimited)
                keeps.logical_or_(limits.gt(most));
            weights = weights.masked_fill(keeps.logical_not_(), Scalars.Zero);
        }
        if (settings.TopP < 1)
        {
            TorchTensor sorted = rows.AreLimited ? weights.topk(rows.GreatestLimit, 1).values : weights.sort(1, descending: true).Values;
            TorchTensor sums = sorted.cumsum(1, engine.WideType);
            using Scalar topP = settings.TopP, most = sums.shape[1];
            // Those that do not reach the mass, and the one that does.
            TorchTensor count = sums.lt(sums.narrow(1, sums.shape[1] - 1, 1).mul(topP)).sum(dim: 1L, keepdim: true)
                .add_(Scalars.IntegerOne).clamp_max_(most);
            TorchTensor keeps = KeepGreatest(weights, sorted.gather(1, count.sub(Scalars.IntegerOne)), count);
            weights = weights.masked_fill(keeps.logical_not_(), Scalars.Zero);
        }
        return weights;
    }

    /// <summary>Which elements are the greatest of their row, as many as a count says, the first ones among equals.</summary>
    /// <param name="values">[rows × columns].</param>
    /// <param name="least">The least of those that stay, [rows × 1].</param>
    /// <param name="count">[rows × 1].</param>
    private static TorchTensor KeepGreatest(TorchTensor values, TorchTensor least, TorchTensor count)
    {
        TorchTensor greater = values.gt(least), equal = values.eq(least);
        TorchTensor room = count.sub(greater.sum(dim: 1L, keepdim: true));
        return equal.logical_and_(equal.cumsum(1, ScalarType.Int32).le(room)).logical_or_(greater);
    }

    /// <summary>The first column at which the cumulative weight exceeds the uniform's part of the sum, [rows × 1].</summary>
    private TorchTensor Pick(TorchTensor weights, TorchTensor uniforms, TorchTensor mostLikely)
    {
        TorchTensor sums = weights.cumsum(1, engine.WideType);
        TorchTensor targets = sums.narrow(1, sums.shape[1] - 1, 1).mul(uniforms);
        // A parallel sum may fall by its rounding where a weight is 0, so the weight is looked at too.
        TorchTensor passes = sums.gt(targets).logical_and_(weights.gt(Scalars.Zero));
        TorchTensor first = passes.to(ScalarType.Byte).argmax(1, keepdim: true);
        return first.where(passes.gather(1, first), mostLikely);
    }

    /// <summary>What is requested of rows, on the device, [rows × 1] each.</summary>
    /// <param name="Uniforms">The uniforms.</param>
    /// <param name="GreatestLimit">The greatest top-k below the vocabulary; 0 if there is none.</param>
    /// <param name="AreLimited">Whether each row has a top-k below the vocabulary.</param>
    /// <param name="Limits">Each row's top-k, the vocabulary if it has none; null if no row has one.</param>
    /// <param name="Banned">Each row's banned token, −1 if it has none; null if no row has one.</param>
    private sealed record DrawRequests(
        TorchTensor Uniforms, int GreatestLimit, bool AreLimited, TorchTensor? Limits, TorchTensor? Banned);
}
