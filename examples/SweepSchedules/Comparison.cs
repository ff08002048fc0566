using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Diffusion;

namespace SweepSchedules;

/// <summary>
/// Compares the best settings with the default ones, on prompts that no trial saw, at the same number of denoiser calls, over several
/// seeds.
/// </summary>
internal static class Comparison
{
    /// <summary>The 97.5 % points of Student's t, for 1 to 9 degrees of freedom.</summary>
    private static readonly double[] s_student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

    public static int MostSeeds => s_student.Length + 1;

    public static void Run(Passage[] heldOut, int tokens, int seeds, Func<MLContext, IEstimator<ITransformer>> best,
        Func<MLContext, IEstimator<ITransformer>> otherwise)
    {
        var judge = new WritingJudge(EncoderModel.Default, [.. heldOut.Select(passage => passage.Prompt)],
            [.. heldOut.Select(passage => passage.Text)], tokens);
        Console.WriteLine($"{heldOut.Length} prompts that no trial saw:");
        var gains = new double[seeds];
        for (int seed = 0; seed < seeds; seed++)
        {
            (WritingQuality Quality, double Calls) found = Measure(best, 100 + seed), plain = Measure(otherwise, 100 + seed);
            gains[seed] = plain.Quality.Distance - found.Quality.Distance;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  seed {100 + seed}: best {Tell(found)}; default {Tell(plain)}"));
        }
        double mean = gains.Average();
        if (seeds == 1)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"The best is nearer to real text by {mean:F3} bits per character; one seed has no interval."));
            return;
        }
        double half = s_student[seeds - 2] * Math.Sqrt(gains.Sum(gain => (gain - mean) * (gain - mean)) / (seeds - 1) / seeds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The best is nearer to real text by {mean:F3} bits per character (95 % interval over {seeds} seeds: {mean - half:F3} to " +
                $"{mean + half:F3})."));

        (WritingQuality Quality, double Calls) Measure(Func<MLContext, IEstimator<ITransformer>> make, int seed)
        {
            var context = new MLContext(seed);
            IDataView data = context.Data.LoadFromEnumerable(heldOut);
            using var writer = (DiffusionGenerateTransformer)make(context).Fit(data);
            IReadOnlyList<GeneratedText> texts = writer.Generate([.. heldOut.Select(passage => passage.Prompt)]);
            return (judge.Measure([.. texts.Select((text, i) => (i, text.Text))]), texts.Average(text => text.Calls));
        }

        static string Tell((WritingQuality Quality, double Calls) measured) => string.Create(
            CultureInfo.InvariantCulture,
            $"{measured.Quality.Distance:F3} ({measured.Quality.BitsPerCharacter:F2} bits per character, real " +
                $"{measured.Quality.RealBitsPerCharacter:F2}; token entropy {measured.Quality.TokenEntropy:F2}, real " +
                $"{measured.Quality.RealTokenEntropy:F2}; {measured.Calls:F1} calls)");
    }
}
