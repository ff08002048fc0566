namespace Microsoft.ML;

/// <summary>Makes the generators that environments hand out; unlike ML.NET's they draw what <see cref="Random"/> draws.</summary>
internal static class RandomUtils
{
    public static TauswortheHybrid Create(int? seed) => seed is int value ? Create(value) : new TauswortheHybrid(new Random());
    public static TauswortheHybrid Create(int seed) => new(new Random(seed));
    public static TauswortheHybrid Create(Random seed) => new(new Random(seed.Next()));
}

/// <summary>The type of the generators that environments hand out.</summary>
internal sealed class TauswortheHybrid : Random
{
    private readonly Random _source;
    public TauswortheHybrid(Random rng) => _source = rng;
    public override int Next() => _source.Next();
    public override int Next(int maxValue) => _source.Next(maxValue);
    public override int Next(int minValue, int maxValue) => _source.Next(minValue, maxValue);
    public override void NextBytes(byte[] buffer) => _source.NextBytes(buffer);
    public override double NextDouble() => _source.NextDouble();
}
