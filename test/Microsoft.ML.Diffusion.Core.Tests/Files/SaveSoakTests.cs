using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>A sample, of 2 %, of what eng/soak does.</summary>
[TestClass]
public sealed class SaveSoakTests
{
    [TestMethod]
    public void Killed_amid_a_save_the_old_or_the_new_model_is_there_whole()
    {
        using var directory = new TemporaryDirectory();
        Assert.AreEqual(4, SaveSoak.Kill(directory.Path, kills: 4, seed: 3).Kills);
    }

    [TestMethod]
    public void On_a_full_disk_the_old_model_stays_and_the_error_names_the_directory()
    {
        using SmallDisk? disk = SmallDisk.TryMount(mebibytes: 4);
        if (disk is null)
            Assert.Inconclusive("skipped: On_a_full_disk, which needs the right to mount a tmpfs.");
        Assert.AreEqual(0, SaveSoak.FillDisk(disk.Path, [0.5]));
    }

    [TestMethod]
    public void What_a_saved_model_supersedes_goes_and_other_files_stay()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["model"]);
        foreach (string name in (string[])["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-of-mine.safetensors",
            "pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-00002-of-00002.bin", "my_pytorch_model.bin",
            "added_tokens.json"])
            File.WriteAllText(directory[$"model/{name}"], "{}");
        SavedModels.Save(1, directory["model"]);
        CollectionAssert.AreEqual(
            new[] { "config.json", "model-of-mine.safetensors", "model.safetensors", "my_pytorch_model.bin", "special_tokens_map.json",
                "tokenizer.json", "tokenizer_config.json", "vocab.txt" },
            directory.Listing().Skip(1).Select(Path.GetFileName).ToArray());
    }
}
