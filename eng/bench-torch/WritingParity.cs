using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>Whether the embedded model writes the same on two engines with the same seed, and if not, by how little.</summary>
internal static class WritingParity
{
    /// <summary>The samplers that are compared.</summary>
    public static IReadOnlyList<Sampler> Samplers { get; } =
        [Sampler.Ancestral(), Sampler.FirstHitting(), Sampler.TopConfidence(), Sampler.ReMdmCap()];

    /// <summary>Prompts of three to eight words.</summary>
    public static string[] Prompts(int count)
    {
        var words = new MadeTexts(EncoderModel.Default.Tokenizer);
        return [.. Enumerable.Range(0, count).Select(i => string.Join(' ', words.Question().Take(3 + i % 6)))];
    }

    /// <summary>The texts that differ.</summary>
    /// <param name="first">A context, its engine and the seed.</param>
    /// <param name="second">Another.</param>
    /// <param name="sampler">The sampler.</param>
    /// <param name="prompts">The prompts.</param>
    public static List<TextDifference> Compare(
        (MLContext Context, Engine Engine, int Seed) first, (MLContext Context, Engine Engine, int Seed) second,
        Sampler sampler, string[] prompts)
    {
        var differences = new List<TextDifference>();
        using DiffusionGenerateTransformer one = Generator(first.Context, sampler, first.Seed),
            other = Generator(second.Context, sampler, second.Seed);
        Steps stepsOfOne = new(prompts.Length), stepsOfOther = new(prompts.Length);
        IReadOnlyList<GeneratedText> texts = one.Generate(prompts, stepsOfOne), others = other.Generate(prompts, stepsOfOther);
        for (int row = 0; row < prompts.Length; row++)
        {
            if (texts[row].Text != others[row].Text)
                differences.Add(Explain(row, stepsOfOne.Of(row), stepsOfOther.Of(row), first.Engine, second.Engine));
        }
        return differences;
    }

    private static DiffusionGenerateTransformer Generator(MLContext context, Sampler sampler, int seed) =>
        context.Transforms.Text.DiffusionGenerate("Story", nameof(Prompt.Text), new DiffusionGenerateEstimator.Options
        {
            Sampler = sampler, Steps = 16, MaxNewTokens = 32, Seed = seed,
        }).Fit(context.Data.LoadFromEnumerable(Array.Empty<Prompt>()));

    /// <summary>What both engines compute where their texts first differ: from the same tokens, as these were equal before.</summary>
    private static TextDifference Explain(int row, List<int[]> first, List<int[]> second, Engine one, Engine other)
    {
        int step = Enumerable.Range(0, first.Count).First(i => !first[i].SequenceEqual(second[i]));
        int position = Enumerable.Range(0, first[step].Length).First(i => first[step][i] != second[step][i]);
        float[] logits = Logits(one, first[step - 1], position), others = Logits(other, first[step - 1], position);
        float[] top = [.. logits.OrderDescending().Take(2)];
        return new TextDifference(row, step, position, logits.Zip(others, (a, b) => Math.Abs(a - b)).Max(), top[0] - top[1]);
    }

    private static float[] Logits(Engine engine, int[] tokens, int position)
    {
        using MaskedLanguageModel model = EncoderModel.Default.LoadMaskedLanguageModel(engine);
        model.PrepareForInference();
        using var denoiser = new ModelDenoiser(model, EncoderModel.Default.Tokenizer.MaskToken);
        var batch = new RaggedTokens();
        batch.Append(tokens);
        float[] logits = [];
        denoiser.Predict(batch, [position], (_, rows) => logits = rows.ToArray());
        return logits;
    }

    private sealed class Prompt
    {
        public string Text { get; set; } = "";
    }

    /// <summary>Keeps the tokens of each row after each step.</summary>
    private sealed class Steps(int rows) : IDenoisingObserver
    {
        private readonly List<int[]>[] _tokens = [.. Enumerable.Range(0, rows).Select(_ => new List<int[]>())];

        public List<int[]> Of(int row) => _tokens[row];

        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens) => _tokens[row].Add(tokens.ToArray());
    }
}

/// <summary>Where two texts come apart.</summary>
/// <param name="Prompt">The prompt's number.</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="Position">The position.</param>
/// <param name="LogitDifference">The greatest difference of a logit there between the engines, from the same tokens.</param>
/// <param name="Margin">By how much the greatest logit there is above the second.</param>
internal readonly record struct TextDifference(int Prompt, int Step, int Position, double LogitDifference, double Margin);
