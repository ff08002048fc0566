using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks.Windows;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>score</c>: each trainer's transformer over a data view, compared with the bare encoder on the same tokens, and row by row through a
/// prediction engine.
/// </summary>
internal static class ScoreCommand
{
    private const int RowsToLearnFrom = 8;
    private const int RowsOneByOne = 32;

    public static Command Create()
    {
        var command = new Command("score", "Scoring a data view with each trainer's transformer, compared with the bare encoder.");
        var options = new ModelOptions("mini", null, null, 30522, command, hasThreads: false);
        Option<int> tokens = ModelOptions.Positive("--tokens", "Tokens to score, about.", 1 << 14);
        command.Options.Add(tokens);
        command.SetAction(result => Run(
            EncoderSize.Of(result.GetValue(options.Size)!), result.GetValue(tokens), result.GetValue(options.Vocabulary),
            result.GetValue(options.Runs)));
        return command;
    }

    public static void Run(EncoderSize size, int tokens, int vocabulary, int runs)
    {
        using var directory = new TemporaryModel(size, vocabulary);
        EncoderModel model = directory.Model;
        Tokenizer tokenizer = model.Tokenizer;
        EncoderConfiguration configuration = EncoderCheckpoint.ReadConfiguration(model.Files);
        using MaskedLanguageModel bare = model.LoadMaskedLanguageModel(CpuEngine.Shared);
        var mlContext = new MLContext(seed: 1);
        var texts = new MadeTexts(tokenizer);

        // The labels do not matter: one step at a negligible rate makes a transformer.
        var classify = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(ScoredRow.Category)).Append(
            mlContext.MulticlassClassification.Trainers.BertTextClassification(
                options: Once(new BertTextClassificationEstimator.Options(), model)));
        var sequences = new TextSequences(tokenizer, bare.Family, configuration);
        Measure("score classification", classify, 2048, () =>
        {
            var row = new ScoredRow { Sentence1 = string.Join(' ', texts.Review()), Category = $"{sequences.Sequences.Count % 2}" };
            sequences.Add(row.Sentence1);
            return (row, [sequences.Sequences[^1].ToArray()]);
        });

        var answer =
            mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(
                options: Once(new BertQuestionAnsweringEstimator.Options(), model));
        var encoder =
            new QuestionEncoder(tokenizer, new QuestionWindowOptions { SpecialTokensBetween = bare.Family.SeparatorsOf(tokenizer) });
        Measure("score question answering", answer, 4096, () =>
        {
            string[] context = texts.Context();
            var row = new ScoredRow
            {
                Context = string.Join(' ', context), Question = string.Join(' ', texts.Question()), TrainingAnswer = context[0]
            };
            QuestionInputs inputs = encoder.Encode(new AskedQuestion(row.Context, row.Question));
            var windows = new RaggedTokens();
            foreach (QuestionWindow window in inputs.Windows)
                inputs.Append(window, windows);
            return (row, [.. Enumerable.Range(0, windows.Count).Select(i => windows[i].ToArray())]);
        });

        var find = mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(
            options: Once(new BertNamedEntityRecognitionEstimator.Options(), model));
        (int capacity, int overlap) = new LabelWindowOptions().For(configuration);
        Measure("score named entities", find, new TokenClassifierOptions().BatchTokens, () =>
        {
            string[] words = texts.News();
            var row = new ScoredRow { Sentence = words, Label = [.. words.Select((_, i) => i % 3 == 0 ? "B-PER" : "O")] };
            LabelWindow[] windows = LabelWindow.Cut(WordSequence.FromWords(tokenizer, words), tokenizer, capacity, overlap);
            return (row, [.. windows.Select(window => window.Tokens)]);
        });

        void Measure<TTransformer>(string what, IEstimator<TTransformer> trainer, int batchTokens,
            Func<(ScoredRow Row, int[][] Inputs)> make)
            where TTransformer : class, ITransformer
        {
            var rows = new List<ScoredRow>();
            var batches = new List<RaggedTokens> { new() };
            int count = 0;
            while (count < tokens || rows.Count < Math.Max(RowsToLearnFrom, RowsOneByOne))
            {
                (ScoredRow row, int[][] inputs) = make();
                rows.Add(row);
                foreach (int[] input in inputs)
                {
                    if (batches[^1].Count > 0 && batches[^1].TokenCount + input.Length > batchTokens)
                        batches.Add(new RaggedTokens());
                    batches[^1].Append(input);
                    count += input.Length;
                }
            }
            TTransformer transformer = trainer.Fit(mlContext.Data.LoadFromEnumerable(rows.Take(RowsToLearnFrom)));
            using var owner = transformer as IDisposable;
            IDataView scored = transformer.Transform(mlContext.Data.LoadFromEnumerable(rows));
            using PredictionEngine<ScoredRow, RowScores> engine = mlContext.Model.CreatePredictionEngine<ScoredRow, RowScores>(
                transformer, new PredictionEngineOptions { OwnsTransformer = false });
            using Pass pass = Pass.ForInference(bare.Engine);

            Measurement[] measured = Measurement.InTurn(
                runs,
                () => Read(scored),
                () =>
                {
                    foreach (RaggedTokens packed in batches)
                    {
                        pass.Begin();
                        bare.Encoder.Forward(pass, packed);
                    }
                },
                () =>
                {
                    foreach (ScoredRow row in rows[..RowsOneByOne])
                        engine.Predict(row);
                });
            (Measurement batch, Measurement encode, Measurement single) = (measured[0], measured[1], measured[2]);
            JsonLine.Write(what, batch,
                ("size", size.Name), ("rows", rows.Count), ("tokens", count), ("vocabulary", vocabulary),
                ("tokens_per_s", Math.Round(batch.PerSecond(count))), ("encoder_tokens_per_s", Math.Round(encode.PerSecond(count))),
                ("of_encoder", Math.Round(encode.MedianMilliseconds / batch.MedianMilliseconds, 3)),
                ("row_by_row_ms", Math.Round(single.MedianMilliseconds / RowsOneByOne, 3)), ("engine", bare.Engine.Name));
        }
    }

    private static TOptions Once<TOptions>(TOptions options, EncoderModel model) where TOptions : TrainerOptions
    {
        (options.Model, options.Epochs, options.LearningRate, options.Seed) = (model, 1, 1e-9, 1);
        return options;
    }

    /// <summary>Reads the scores of all rows, like the next component of a pipeline.</summary>
    private static void Read(IDataView scored)
    {
        DataViewSchema.Column column = scored.Schema[nameof(RowScores.Score)];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
            getScores(ref scores);
    }
}
