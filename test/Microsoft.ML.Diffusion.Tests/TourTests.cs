using System.Text.RegularExpressions;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The example that <c>./build.sh demo</c> runs, in a process of its own, with the embedded model.</summary>
[TestClass]
public sealed partial class TourTests
{
    [TestMethod]
    public void Each_part_shows_its_result_and_its_seconds()
    {
        (int code, string output, string error) = ExampleProcess.Run("Tour", ["--quick"]);
        Assert.AreEqual(0, code, error);
        string[] lines = output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.IsLessThanOrEqualTo(40, lines.Length);
        foreach (string special in (string[])["<s>", "</s>", "<pad>", "<unk>", "\u001b"])
            Assert.IsFalse(output.Contains(special, StringComparison.Ordinal), special);

        string[][] parts = [.. output.ReplaceLineEndings("\n").TrimEnd().Split("\n\n").Select(part => part.Split('\n'))];
        Assert.HasCount(7, parts);
        foreach (string[] part in parts[..^1])
            StringAssert.Matches(part[^1], Seconds());
        StringAssert.Contains(parts[0][0], EncoderModel.Default.ToString());
        StringAssert.Contains(parts[0][1], "5,581,312 parameters in 11.2 MB; CPU, ");
        Assert.HasCount(2, parts[1][1..^1], "one line for each prompt");
        StringAssert.StartsWith(parts[1][1], "  \"My dear Elizabeth,\" said her mother, \"");
        StringAssert.Matches(parts[1][^1], TokensPerSecond());
        StringAssert.StartsWith(parts[2][2], "  We walked ");
        StringAssert.Contains(parts[2][2], " old house");
        StringAssert.Contains(parts[2][2], " sea");
        Assert.HasCount(5, parts[3][2..^1]);
        StringAssert.StartsWith(parts[3][2], "  door      38.");
        Assert.HasCount(3, parts[4][1..^1]);
        StringAssert.Contains(parts[4][1], "Who painted the church ?");
        StringAssert.EndsWith(parts[4][^1], "trained on 32 questions, none of these");
        StringAssert.Contains(parts[5][1], "National Bank in Edinburgh");
        StringAssert.StartsWith(parts[6][0], "Now with your own model");
        Assert.HasCount(3, parts[6][1..]);
    }

    [GeneratedRegex(@"^  \d+\.\d s: \w")]
    private static partial Regex Seconds();

    [GeneratedRegex(@" [1-9]\d* tokens a second$")]
    private static partial Regex TokensPerSecond();
}
