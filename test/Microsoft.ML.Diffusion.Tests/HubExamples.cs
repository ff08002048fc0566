using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Tests;

namespace DocumentationExamples;

/// <summary>
/// The C# blocks of docs/get-a-model.md. There is no internet in a test: the cache has a model of this name, and connections are off.
/// </summary>
[TestClass]
public sealed class HubExamplesRun
{
    private const string Commit = "714eb0fa89d2f80546fda750413ed43d93601a13";
    private static string s_cache = "";

    [ClassInitialize]
    public static void FillTheCache(TestContext context)
    {
        s_cache = Directory.CreateTempSubdirectory("diffusion-ml-").FullName;
        string folder = Path.Combine(s_cache, "models--distilbert--distilbert-base-uncased-finetuned-sst-2-english");
        string snapshot = Directory.CreateDirectory(Path.Combine(folder, "snapshots", Commit)).FullName;
        foreach (string file in Directory.EnumerateFiles(ReadyModels.Sentiment))
            File.Copy(file, Path.Combine(snapshot, Path.GetFileName(file)));
        Directory.CreateDirectory(Path.Combine(folder, "refs"));
        File.WriteAllText(Path.Combine(folder, "refs", "main"), Commit);
        // No other test of this assembly reads these.
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", s_cache);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
    }

    [ClassCleanup]
    public static void RemoveTheCache()
    {
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", null);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", null);
        Directory.Delete(s_cache, recursive: true);
    }

    [TestMethod]
    public void Download()
    {
        // <example: hub-download>
        EncoderModel model = EncoderModel.Download("distilbert/distilbert-base-uncased-finetuned-sst-2-english");
        // </example>
        StringAssert.Contains(model.Files.Description, Commit);
    }

    [TestMethod]
    public async Task Pin()
    {
        CancellationToken cancellationToken = CancellationToken.None;
        // <example: hub-pin>
        EncoderModel model = await EncoderModel.DownloadAsync(
            "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
            new HubOptions
            {
                Revision = "714eb0fa89d2f80546fda750413ed43d93601a13",
                Progress = new Progress<HubProgress>(progress => Console.WriteLine(progress)),
            },
            cancellationToken);
        // </example>
        StringAssert.Contains(model.Files.Description, Commit);
    }
}
