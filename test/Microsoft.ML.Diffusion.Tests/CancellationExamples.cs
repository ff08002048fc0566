using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>How docs/training.md says that work is canceled.</summary>
[TestClass]
public sealed class CancellationExamples
{
    [TestMethod]
    public void A_training_goes_on_and_a_loaded_model_is_canceled()
    {
        string directory = Directory.CreateTempSubdirectory(nameof(CancellationExamples)).FullName;
        string checkpoints = Path.Combine(directory, "checkpoints"), path = Path.Combine(directory, "model.zip");
        try
        {
            EncoderModel model = TinyModel.Model;
            var mlContext = new MLContext(seed: 1);
            IDataView texts = mlContext.Data.LoadFromEnumerable(TextRow.Make(40));
            var messages = new Messages(mlContext, ChannelMessageKind.Info);
            // <example: cancellation>
            // or stop.Cancel() from a button, Console.CancelKeyPress, …
            using var stop = new CancellationTokenSource(TimeSpan.FromHours(8));
            // </example>
            int steps = 0;
            mlContext.Log += (_, e) =>
            {
                if (e.RawMessage.StartsWith("step ", StringComparison.Ordinal) && ++steps == 2)
                    stop.Cancel();
            };
            DiffusionGenerateTransformer? trained = null;
            // <example: cancellation>
            var options = new MaskedDiffusionEstimator.Options
            {
                Model = model,
                Generation = { MaxNewTokens = 24 },
                Epochs = 10,
                CheckpointDirectory = checkpoints,
                CancellationToken = stop.Token,
            };
            var trainer = mlContext.Transforms.Text.MaskedDiffusion("Story", "Sentence1", "Sentence2", options);
            try
            {
                trained = trainer.Fit(texts);
            }
            catch (OperationCanceledException canceled)
            {
                Console.WriteLine(canceled.Message); // what was canceled, and how to continue
            }

            options.CancellationToken = CancellationToken.None; // it is read when Fit is called
            trained ??= trainer.Fit(texts);                     // continues from the snapshot, to the weights of an uninterrupted training
            // </example>
            Assert.IsTrue(messages.Any(message => message.StartsWith("Training continued from the snapshot", StringComparison.Ordinal)),
                string.Join('\n', messages));
            mlContext.Model.Save(trained, texts.Schema, path);
            trained.Dispose();
            IDataView prompts = texts;
            bool isCanceled = false;
            // <example: canceled writing>
            using var writer = (DiffusionGenerateTransformer)mlContext.Model.Load(path, out _);
            using var enough = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            writer.CancellationToken = enough.Token; // for its cursors and prediction engines
            // </example>
            enough.Cancel();
            try
            {
                // <example: canceled writing>
                string[] stories = [.. writer.Transform(prompts).GetColumn<string>("Story")];
                // </example>
                Assert.Fail($"{stories.Length} stories were written.");
            }
            catch (OperationCanceledException)
            {
                isCanceled = true;
            }
            Assert.IsTrue(isCanceled);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
