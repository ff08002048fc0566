using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests.Encoders;

/// <summary>
/// The heads of tasks against an independent PyTorch implementation (the oracle's logits) and against Oracles/task_heads.py (losses and
/// every gradient, and pooling by the mean, which the oracle has not).
/// </summary>
[TestClass]
public sealed class TaskHeadOracleTests
{
    public static IEnumerable<object[]> Families => SmallModels.FamilyNames.Select(family => new object[] { family });

    public static IEnumerable<object[]> Cases() =>
        from family in SmallModels.FamilyNames
        from seed in family is "bert" or "roberta" or "modernbert" ? [1, 2] : (int[])[1]
        select new object[]
        {
            family, $"--seed {seed} --layers {seed + 1} --hidden {24 * seed} --heads 3 --vocab " +
            $"{61 * seed}{(family == "modernbert" ? " --window 6 --every 2" : "")}"
        };

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void Heads_agree_with_what_was_written_down(string family) =>
        Compare(Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "oracle-" + family));

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Heads_agree_with_the_oracle(string family, string shape)
    {
        string directory = Directory.CreateTempSubdirectory("oracle").FullName;
        try
        {
            EncoderOracle.RunOracle(family, directory, shape);
            TaskHeadOracle.Run(directory);
            Compare(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Compare(string directory)
    {
        using Engine engine = CpuEngine.Create(2);
        TaskHeadOracle.Compare(directory, engine);
    }
}
