using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>The same work on the CPU engine and on torch's, in turns: encoding, training and writing.</summary>
/// <param name="runs">The number of timed runs of each.</param>
/// <param name="only">What the names of the work begin with; empty for all.</param>
internal sealed class SpeedComparison(int runs, string only)
{
    private const int Vocabulary = 30522;
    private const int MaskToken = 4;

    /// <summary>The engines compared; the first is what the others' times are divided by.</summary>
    public required IReadOnlyList<Engine> Engines { get; init; }

    /// <summary>Everything.</summary>
    public void All()
    {
        Encode(EncoderSize.Of("base"), 1, 128);
        Encode(EncoderSize.Of("base"), 8, 128);
        Train(EncoderSize.Of("mini"), 16, 128);
        Generate(EncoderSize.Of("base"), 240, 10);
    }

    /// <summary>The encoder's forward pass, up to hidden states on the host.</summary>
    public void Encode(EncoderSize size, int batch, int length)
    {
        RaggedTokens tokens = EncoderSize.RandomTokens([.. Enumerable.Repeat(length, batch)], Vocabulary);
        Compare($"encode {size.Name} {batch}x{length}", engine =>
        {
            MaskedLanguageModel model = size.Create(EncoderFamily.Bert, Vocabulary, Math.Max(512, length), engine);
            model.PrepareForInference();
            Pass pass = Pass.ForInference(engine);
            float[] hidden = new float[tokens.TokenCount * size.Width];
            return new Work(() =>
            {
                pass.Begin();
                pass.Read(model.Encoder.Forward(pass, tokens), hidden);
            }, pass, model);
        });
    }

    /// <summary>A training step of masked diffusion, half of the positions predicted, without dropout.</summary>
    public void Train(EncoderSize size, int batch, int length)
    {
        RaggedTokens tokens = EncoderSize.RandomTokens([.. Enumerable.Repeat(length, batch)], Vocabulary);
        Compare($"train {size.Name} {batch}x{length}", engine =>
        {
            MaskedLanguageModel model = size.Create(EncoderFamily.Bert, Vocabulary, Math.Max(512, length), engine);
            model.PrepareForTraining();
            var step = new TrainingStep(engine, model, tokens, MaskToken, dropout: false);
            return new Work(step.Run, step, model);
        });
    }

    /// <summary>Writing one text, the most confident tokens first.</summary>
    public void Generate(EncoderSize size, int tokens, int steps)
    {
        int[] masked = [0, .. Enumerable.Repeat(MaskToken, tokens), 2];
        Compare($"generate {size.Name} {tokens} tokens {steps} steps", engine =>
        {
            MaskedLanguageModel model = size.Create(EncoderFamily.Bert, Vocabulary, 512, engine);
            model.PrepareForInference();
            var denoiser = new ModelDenoiser(model, MaskToken);
            var settings = new DenoisingSettings { Steps = steps, Sampler = Sampler.TopConfidence(), Seed = 1 };
            var loop = new DenoisingLoop(denoiser, settings, [0, 1]);
            var row = new RaggedTokens();
            return new Work(() =>
            {
                row.Clear();
                row.Append(masked);
                loop.Run(row);
            }, denoiser, model);
        });
    }

    private void Compare(string what, Func<Engine, Work> create)
    {
        if (!what.StartsWith(only, StringComparison.Ordinal))
            return;
        Work[] works = [.. Engines.Select(create)];
        Measurement[] measurements = Measurement.InTurn(runs, [.. works.Select(work => work.Run)]);
        for (int i = 0; i < works.Length; i++)
        {
            JsonLine.Write(what, measurements[i],
                ("of_first", Math.Round(measurements[i].MedianMilliseconds / measurements[0].MedianMilliseconds, 2)),
                ("of_first_min", Math.Round(measurements[i].MinimumMilliseconds / measurements[0].MinimumMilliseconds, 2)),
                ("engine", Engines[i].Name));
            works[i].Dispose();
        }
    }

    /// <summary>What one engine runs, and what it holds.</summary>
    private sealed record Work(Action Run, params IDisposable[] Held) : IDisposable
    {
        public void Dispose()
        {
            foreach (IDisposable held in Held)
                held.Dispose();
        }
    }
}
