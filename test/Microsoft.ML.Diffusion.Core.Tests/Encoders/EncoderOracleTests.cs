using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>Hidden states, losses and every gradient against an independent PyTorch implementation with the same random weights.</summary>
[TestClass]
public sealed class EncoderOracleTests
{
    public static IEnumerable<object[]> Cases()
    {
        string[] shapes =
        [
            "", "--layers 2 --hidden 32 --heads 2 --vocab 61", "--layers 1 --hidden 72 --heads 3 --vocab 130 --maxlen 24",
            "--layers 4 --hidden 64 --heads 4 --vocab 200 --maxlen 36", "--layers 5 --hidden 40 --heads 5 --vocab 80 --maxlen 40",
        ];
        foreach (string family in SmallModels.FamilyNames)
        {
            for (int seed = 0; seed < (EncoderOracle.IsFirst(family) ? 5 : 3); seed++) // starting Python takes longest
                yield return [family, seed, family == "modernbert" ? shapes[seed] + " --window 6 --every 2" : shapes[seed]];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Encoder_agrees_with_the_oracle(string family, int seed, string shape)
    {
        string directory = Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            EncoderOracle.RunOracle(family, directory, $"--seed {seed} {shape}");
            using Engine engine = CpuEngine.Create(2);
            EncoderOracle.Compare(directory, engine);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [TestMethod]
    [DataRow("--seed 1 --layers 2 --hidden 32 --heads 2 --vocab 61")]
    [DataRow("--seed 2 --layers 1 --hidden 24 --heads 3 --embedding 24")]
    public void Discriminator_agrees_with_the_oracle(string shape)
    {
        string directory = Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            EncoderOracle.RunOracle("electra-discriminator", directory, shape);
            using Engine engine = CpuEngine.Create(2);
            EncoderOracle.CompareDiscriminator(directory, engine);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
