#pragma warning disable IDE0161 // each recipe has its own using lines and types, and so its own namespace

namespace Microsoft.ML.Diffusion.Tests.Cookbook
{
    /// <summary>The files that the recipes name, in the current directory.</summary>
    internal static class CookbookFiles
    {
        /// <summary>Reviews with what makes a CSV file difficult: quotes, doubled quotes, commas and line breaks in a text.</summary>
        public static void WriteReviews(string path, int rows = 40, int rare = 2)
        {
            var lines = new List<string> { "Sentiment,Text" };
            for (int i = 0; i < rows; i++)
                lines.Add(i % rare != rare - 1 ? $"negative,I was bored. {i}"
                    : $"positive,\"A wonderful film, and \"\"wonderful\"\".\nNumber {i}.\"");
            File.WriteAllLines(path, lines);
        }

        /// <summary>The model that the first recipe makes, here from a model that is already fine-tuned.</summary>
        public static void SaveReviewsModel(string path)
        {
            var mlContext = new MLContext();
            IDataView rows = mlContext.Data.LoadFromEnumerable([new { Text = "", Sentiment = "" }]);
            using var model = mlContext.Transforms.Text.ApplyTextClassification(
                Diffusion.EncoderModel.FromDirectory(ReadyModels.Sentiment), sentence1ColumnName: "Text")
                .Append(mlContext.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel")).Fit(rows);
            mlContext.Model.SaveAtomically(model, rows.Schema, path);
        }
    }
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.Csv
{
    // <example: cook-csv>
    using Microsoft.ML;
    using Microsoft.ML.Data;
    using Microsoft.ML.Diffusion;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class CsvExamplesRun
    {
        /// <summary>
        /// Stands in for the embedded model, which takes seconds to train: a tiny model that already knows the sentences. The recipe sees
        /// this class in place of the real one.
        /// </summary>
        private static class EncoderModel
        {
            public static Diffusion.EncoderModel Default => Diffusion.EncoderModel.FromDirectory(ReadyModels.Sentiment);
        }

        [TestMethod]
        public void From_a_csv_file_to_a_model()
        {
            CookbookFiles.WriteReviews("reviews.csv");
            try
            {
                // <example: cook-csv>
                var mlContext = new MLContext(seed: 1);
                IDataView rows = mlContext.Data.LoadFromTextFile<Review>("reviews.csv", new TextLoader.Options
                {
                    HasHeader = true, Separators = [','], AllowQuoting = true, ReadMultilines = true, // commas and line breaks in quotes
                });
                DataOperationsCatalog.TrainTestData parts = mlContext.Data.TrainTestSplit(rows, testFraction: 0.2);

                var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Sentiment")
                    .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(new BertTextClassificationEstimator.Options
                    {
                        Model = EncoderModel.Default, // or EncoderModel.FromDirectory("…")
                        Sentence1ColumnName = "Text",
                        Progress = new ConsoleProgress(),
                    }))
                    .Append(mlContext.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));
                ITransformer model = pipeline.Fit(parts.TrainSet);

                MulticlassClassificationMetrics metrics =
                    mlContext.MulticlassClassification.Evaluate(model.Transform(parts.TestSet));
                Console.WriteLine($"accuracy on other rows: {metrics.MicroAccuracy:P0}");
                mlContext.Model.SaveAtomically(model, rows.Schema, "reviews.zip");

                using var engine = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(model);
                JudgedReview judged = engine.Predict(new Review { Text = "A wonderful film, and not too long." });
                Console.WriteLine($"{judged.Predicted} ({judged.Score.Max():P0})");
                // </example>
                Assert.AreEqual("A wonderful film, and \"wonderful\".\nNumber 1.", rows.GetColumn<string>("Text").ElementAt(1));
                Assert.HasCount(40, rows.GetColumn<string>("Text").ToArray());
                using var other = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(mlContext.Model.Load("reviews.zip", out _));
                CollectionAssert.AreEqual(
                    judged.Score, other.Predict(new Review { Text = "A wonderful film, and not too long." }).Score);
                CollectionAssert.Contains(new[] { "positive", "negative" }, judged.Predicted);
            }
            finally
            {
                File.Delete("reviews.csv");
                File.Delete("reviews.zip");
            }
        }
    }

    // <example: cook-csv>
    public sealed class Review
    {
        [LoadColumn(0)]
        public string Sentiment { get; set; } = "";

        [LoadColumn(1)]
        public string Text { get; set; } = "";
    }

    public sealed class JudgedReview
    {
        public string Predicted { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
    // </example>
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.Small
{
    // <example: cook-small>
    using Microsoft.ML;
    using Microsoft.ML.Data;
    using Microsoft.ML.Diffusion;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class SmallDataExamplesRun
    {
        /// <summary>
        /// Stands in for the embedded model, which takes seconds to train: a tiny model that already knows the sentences. The recipe sees
        /// this class in place of the real one.
        /// </summary>
        private static class EncoderModel
        {
            public static Diffusion.EncoderModel Default => Diffusion.EncoderModel.FromDirectory(ReadyModels.Sentiment);
        }

        [TestMethod]
        public void Cross_validate()
        {
            CookbookFiles.WriteReviews("reviews.csv");
            try
            {
                // <example: cook-small>
                var mlContext = new MLContext(seed: 1);
                IDataView rows = mlContext.Data.LoadFromTextFile<Review>("reviews.csv", new TextLoader.Options
                {
                    HasHeader = true, Separators = [','], AllowQuoting = true, ReadMultilines = true,
                });
                // The keys are made once, so that a label has the same key in every fold.
                IDataView labeled = mlContext.Transforms.Conversion.MapValueToKey("Label", "Sentiment").Fit(rows).Transform(rows);
                var trainer = mlContext.MulticlassClassification.Trainers.BertTextClassification(
                    new BertTextClassificationEstimator.Options
                    {
                        Model = EncoderModel.Default,
                        Sentence1ColumnName = "Text",
                        BatchSize = 16,
                        Epochs = 10,
                    });
                double[] accuracies =
                [
                    .. mlContext.MulticlassClassification.CrossValidate(labeled, trainer, numberOfFolds: 4)
                        .Select(fold => fold.Metrics.MicroAccuracy),
                ];
                Console.WriteLine($"accuracy {accuracies.Average():P0}, from {accuracies.Min():P0} to {accuracies.Max():P0}");
                // </example>
                Assert.HasCount(4, accuracies);
                Assert.IsGreaterThan(0.8, accuracies.Average());
            }
            finally
            {
                File.Delete("reviews.csv");
            }
        }
    }

    // <example: cook-small>
    public sealed class Review
    {
        [LoadColumn(0)]
        public string Sentiment { get; set; } = "";

        [LoadColumn(1)]
        public string Text { get; set; } = "";
    }
    // </example>
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.Imbalanced
{
    // <example: cook-imbalanced>
    using Microsoft.ML;
    using Microsoft.ML.Data;
    using Microsoft.ML.Diffusion;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class ImbalancedExamplesRun
    {
        /// <summary>
        /// Stands in for the embedded model, which takes seconds to train: a tiny model that already knows the sentences. The recipe sees
        /// this class in place of the real one.
        /// </summary>
        private static class EncoderModel
        {
            public static Diffusion.EncoderModel Default => Diffusion.EncoderModel.FromDirectory(ReadyModels.Sentiment);
        }

        [TestMethod]
        public void Balance()
        {
            CookbookFiles.WriteReviews("reviews.csv", 60, rare: 10);
            try
            {
                // <example: cook-imbalanced>
                var mlContext = new MLContext(seed: 1);
                IDataView rows = mlContext.Data.LoadFromTextFile<Review>("reviews.csv", new TextLoader.Options
                {
                    HasHeader = true, Separators = [','], AllowQuoting = true, ReadMultilines = true,
                });
                IDataView labeled = mlContext.Transforms.Conversion.MapValueToKey("Label", "Sentiment").Fit(rows).Transform(rows);
                DataOperationsCatalog.TrainTestData parts = mlContext.Data.TrainTestSplit(labeled, testFraction: 0.3);
                var trainer = mlContext.MulticlassClassification.Trainers.BertTextClassification(
                    new BertTextClassificationEstimator.Options
                    {
                        Model = EncoderModel.Default,
                        Sentence1ColumnName = "Text",
                        BatchSize = 16,
                        Epochs = 20,
                        BalanceClasses = true, // or ClassWeights = [9, 1], in the order of the keys
                    });
                using BertTextClassificationTransformer model = trainer.Fit(parts.TrainSet);

                MulticlassClassificationMetrics metrics =
                    mlContext.MulticlassClassification.Evaluate(model.Transform(parts.TestSet));
                Console.WriteLine($"accuracy {metrics.MicroAccuracy:P0}, mean over the classes {metrics.MacroAccuracy:P0}");
                Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());
                // </example>
                Assert.AreEqual(2, metrics.ConfusionMatrix.NumberOfClasses);
                Assert.IsGreaterThan(0.8, metrics.MacroAccuracy);
            }
            finally
            {
                File.Delete("reviews.csv");
            }
        }
    }

    // <example: cook-imbalanced>
    public sealed class Review
    {
        [LoadColumn(0)]
        public string Sentiment { get; set; } = "";

        [LoadColumn(1)]
        public string Text { get; set; } = "";
    }
    // </example>
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.LongTexts
{
    // <example: cook-long>
    using Microsoft.ML;
    using Microsoft.ML.Data;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class LongTextExamplesRun
    {
        [TestMethod]
        public void Windows_of_a_long_text()
        {
            CookbookFiles.SaveReviewsModel("reviews.zip");
            File.WriteAllText("long-review.txt", string.Join(' ', Enumerable.Repeat("I was bored.", 30)) + " A wonderful film.");
            try
            {
                // <example: cook-long>
                var mlContext = new MLContext();
                ITransformer model = mlContext.Model.Load("reviews.zip", out _);
                using var engine = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(model);
                VBuffer<ReadOnlyMemory<char>> labels = default;
                engine.OutputSchema["Score"].GetSlotNames(ref labels);

                float[][] scores =
                [
                    .. Windows(File.ReadAllText("long-review.txt"), words: 60, overlap: 15)
                        .Select(window => engine.Predict(new Review { Text = window }).Score),
                ];
                float[] means = [.. Enumerable.Range(0, scores[0].Length).Select(label => scores.Average(window => window[label]))];
                int best = Array.IndexOf(means, means.Max());
                Console.WriteLine($"{labels.GetItemOrDefault(best)} ({means[best]:P0}), from {scores.Length} windows");

                static IEnumerable<string> Windows(string text, int words, int overlap)
                {
                    string[] all = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                    for (int first = 0; first == 0 || first < all.Length - overlap; first += words - overlap)
                        yield return string.Join(' ', all.Skip(first).Take(words));
                }
                // </example>
                Assert.HasCount(2, scores);
                Assert.AreEqual("negative", labels.GetItemOrDefault(best).ToString());
                string[] short1 = [.. Windows("one two", 60, 15)], exact = [.. Windows(string.Join(' ', Enumerable.Range(0, 60)), 60, 15)];
                CollectionAssert.AreEqual(new[] { "one two" }, short1);
                Assert.HasCount(1, exact);
            }
            finally
            {
                File.Delete("reviews.zip");
                File.Delete("long-review.txt");
            }
        }
    }

    // <example: cook-long>
    public sealed class Review
    {
        public string Sentiment { get; set; } = "";

        public string Text { get; set; } = "";
    }

    public sealed class JudgedReview
    {
        public float[] Score { get; set; } = [];
    }
    // </example>
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.Pairs
{
    // <example: cook-pairs>
    using Microsoft.ML;
    using Microsoft.ML.Data;
    using Microsoft.ML.Diffusion;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class PairExamplesRun
    {
        /// <summary>
        /// Stands in for the embedded model, which takes seconds to train: a tiny model that already knows the sentences. The recipe sees
        /// this class in place of the real one.
        /// </summary>
        private static class EncoderModel
        {
            public static Diffusion.EncoderModel Default => Diffusion.EncoderModel.FromDirectory(ReadyModels.Similarity);
        }

        [TestMethod]
        public void Rate_pairs()
        {
            IEnumerable<string> lines = Enumerable.Range(0, 40).Select(i =>
                i % 2 == 0 ? "The ship sailed.,A ship was sailing.,5" : "The horse ran.,\"It rained all day.\",0");
            File.WriteAllLines("pairs.csv", lines.Prepend("First,Second,Similarity"));
            try
            {
                // <example: cook-pairs>
                var mlContext = new MLContext(seed: 1);
                IDataView pairs = mlContext.Data.LoadFromTextFile<Pair>("pairs.csv", new TextLoader.Options
                {
                    HasHeader = true, Separators = [','], AllowQuoting = true, ReadMultilines = true,
                });
                DataOperationsCatalog.TrainTestData parts = mlContext.Data.TrainTestSplit(pairs, testFraction: 0.2);
                var trainer = mlContext.Regression.Trainers.BertSentenceSimilarity(new BertSentenceSimilarityEstimator.Options
                {
                    Model = EncoderModel.Default,
                    LabelColumnName = "Similarity",
                    Sentence1ColumnName = "First",
                    Sentence2ColumnName = "Second",
                });
                using BertSentenceSimilarityTransformer model = trainer.Fit(parts.TrainSet);

                RegressionMetrics metrics = mlContext.Regression.Evaluate(model.Transform(parts.TestSet), "Similarity");
                Console.WriteLine($"root mean squared error {metrics.RootMeanSquaredError:F2}");
                using var engine = mlContext.Model.CreatePredictionEngine<Pair, RatedPair>(model,
                    new PredictionEngineOptions { OwnsTransformer = false });
                RatedPair rated = engine.Predict(new Pair { First = "The ship sailed.", Second = "A ship was sailing." });
                Console.WriteLine($"{rated.Score:F1}");
                // </example>
                RatedPair other = engine.Predict(new Pair { First = "The horse ran.", Second = "It rained all day." });
                Assert.IsGreaterThan(other.Score, rated.Score);
                Assert.IsLessThan(2.5, metrics.RootMeanSquaredError);
            }
            finally
            {
                File.Delete("pairs.csv");
            }
        }
    }

    // <example: cook-pairs>
    public sealed class Pair
    {
        [LoadColumn(0)]
        public string First { get; set; } = "";

        [LoadColumn(1)]
        public string Second { get; set; } = "";

        [LoadColumn(2)]
        public float Similarity { get; set; }
    }

    public sealed class RatedPair
    {
        public float Score { get; set; }
    }
    // </example>
}

namespace Microsoft.ML.Diffusion.Tests.Cookbook.Production
{
    // <example: cook-production>
    using System.Security.Cryptography;
    using Microsoft.ML;
    using Microsoft.ML.Data;
    using Microsoft.ML.Diffusion;
    // </example>

    [TestClass]
    [DoNotParallelize]
    public sealed class ProductionExamplesRun
    {
        [TestMethod]
        public void Load_check_and_warm_up()
        {
            CookbookFiles.SaveReviewsModel("reviews.zip");
            string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes("reviews.zip")));
            File.WriteAllText("reviews.zip.sha256", $"{hash}  reviews.zip\n");
            try
            {
                // <example: cook-production>
                // Only the file that was tested is loaded: sha256sum reviews.zip > reviews.zip.sha256
                string expected = File.ReadAllText("reviews.zip.sha256").Split(' ')[0];
                using (FileStream file = File.OpenRead("reviews.zip"))
                {
                    if (Convert.ToHexStringLower(SHA256.HashData(file)) != expected)
                        throw new InvalidDataException("reviews.zip is not the model that was tested.");
                }

                var mlContext = new MLContext();
                mlContext.Log += (_, e) =>
                {
                    if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                        Console.Error.WriteLine(e.Message);
                };
                ITransformer model = mlContext.Model.Load("reviews.zip", out DataViewSchema inputSchema);
                var classifier = ((TransformerChain<ITransformer>)model).OfType<BertTextClassificationTransformer>().Single();
                classifier.Threads = 1; // for each engine; a service that computes one request at a time leaves it at 0

                using var engine = mlContext.Model.CreatePredictionEngine<Review, JudgedReview>(model,
                    new PredictionEngineOptions { OwnsTransformer = false });
                engine.Predict(new Review { Text = "The first prediction is slower, and so it is made before the first request." });

                JudgedReview judged = engine.Predict(new Review { Text = "A wonderful film." });
                Console.WriteLine($"{judged.Predicted} ({judged.Score.Max():P0})");
                // </example>
                Assert.AreEqual("positive", judged.Predicted);
                Assert.AreEqual(1, classifier.Threads);
                Assert.IsNotNull(inputSchema.GetColumnOrNull("Text"));
                ((IDisposable)model).Dispose();
            }
            finally
            {
                File.Delete("reviews.zip");
                File.Delete("reviews.zip.sha256");
            }
        }

        [TestMethod]
        public void Eight_bits()
        {
            var mlContext = new MLContext();
            string directory = ReadyModels.Sentiment;
            // <example: cook-quantized>
            EncoderModel encoder = EncoderModel.FromDirectory(directory).Quantized();
            var scorer = mlContext.Transforms.Text.ApplyTextClassification(encoder, sentence1ColumnName: "Text");
            // </example>
            using BertTextClassificationTransformer model = scorer.Fit(mlContext.Data.LoadFromEnumerable(Array.Empty<Review>()));
            Assert.IsTrue(encoder.IsQuantized);
        }
    }

    // <example: cook-production>
    public sealed class Review
    {
        public string Sentiment { get; set; } = "";

        public string Text { get; set; } = "";
    }

    public sealed class JudgedReview
    {
        public string Predicted { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
    // </example>
}
