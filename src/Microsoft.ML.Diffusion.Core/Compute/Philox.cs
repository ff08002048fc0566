namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
/// A draw is a pure function of a 64-bit key and a 128-bit counter, so it does not depend on threads, order or batch.
/// </summary>
public static class Philox
{
    /// <summary>Four independent uniform 32-bit words for one key and counter.</summary>
    public static (uint X, uint Y, uint Z, uint W) Words(ulong key, ulong counterHigh, ulong counterLow)
    {
        uint x = (uint)counterLow, y = (uint)(counterLow >> 32), z = (uint)counterHigh, w = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p = 0xD2511F53UL * x, q = 0xCD9E8D57UL * z;
            (x, y, z, w) = ((uint)(q >> 32) ^ y ^ k0, (uint)q, (uint)(p >> 32) ^ w ^ k1, (uint)p);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (x, y, z, w);
    }

    /// <summary>Two independent float64 uniforms in the open interval (0, 1), with 52 random bits each.</summary>
    public static (double First, double Second) Uniforms(ulong key, ulong counterHigh, ulong counterLow)
    {
        (uint x, uint y, uint z, uint w) = Words(key, counterHigh, counterLow);
        return (ToUniform((ulong)x << 32 | y), ToUniform((ulong)z << 32 | w));
    }

    /// <summary>One float64 uniform in the open interval (0, 1).</summary>
    public static double Uniform(ulong key, ulong counterHigh, ulong counterLow) => Uniforms(key, counterHigh, counterLow).First;

    /// <summary>Folds a word into a key, so that keys for different uses do not coincide (the finalizer of SplitMix64).</summary>
    public static ulong Mix(ulong key, ulong word)
    {
        ulong z = key + 0x9E3779B97F4A7C15 + word * 0xD1342543DE82EF95;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    private static double ToUniform(ulong bits) => ((bits >> 12) + 0.5) * (1.0 / (1UL << 52));
}
