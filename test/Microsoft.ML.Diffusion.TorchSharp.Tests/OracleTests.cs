using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.Encoders;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>
/// Six families against independent PyTorch implementations: hidden states, losses and every gradient; the heads of tasks with what those
/// gave once, as starting Python takes longest.
/// </summary>
[TestClass]
public sealed class OracleTests
{
    public static IEnumerable<object[]> Families => SmallModels.FamilyNames.Select(family => new object[] { family });

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_family_and_its_heads_agree_with_what_was_written_down(string family)
    {
        using Engine engine = TestEngine.Create();
        EncoderOracle.Compare(Stored(family), engine);
        TaskHeadOracle.Compare(Stored(family), engine);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void A_family_agrees_with_the_oracle(string family)
    {
        string directory = Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            string window = family == "modernbert" ? " --window 6 --every 2" : "";
            EncoderOracle.RunOracle(family, directory, $"--seed 3 --layers 3 --hidden 48 --heads 3 --vocab 97{window}");
            using Engine engine = TestEngine.Create();
            EncoderOracle.Compare(directory, engine);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    public void A_discriminator_agrees_with_what_was_written_down()
    {
        using Engine engine = TestEngine.Create();
        EncoderOracle.CompareDiscriminator(Stored("electra-discriminator"), engine);
    }

    private static string Stored(string family) =>
        Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "oracle-" + family);
}
