namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>One bit of the library's copy changes, once, and only for a version that nothing uses.</summary>
[TestClass]
[OSCondition(OperatingSystems.Linux)]
public sealed class LibStdCxxCompatibilityTests
{
    private static readonly string s_path =
        Directory.GetFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories)[0];

    [TestMethod]
    public void Marking_again_changes_nothing()
    {
        byte[] library = File.ReadAllBytes(s_path);
        LibStdCxxCompatibility.MarkWeak(library, "GLIBCXX_3.4.32"); // done already where libstdc++ is old
        byte[] marked = [.. library];
        Assert.IsFalse(LibStdCxxCompatibility.MarkWeak(marked, "GLIBCXX_3.4.32"));
        CollectionAssert.AreEqual(library, marked);
        Assert.IsFalse(LibStdCxxCompatibility.MarkWeak(marked, "GLIBCXX_9.9.9"), "it needs no such version");
    }

    [TestMethod]
    public void A_version_whose_symbols_are_used_is_refused()
    {
        byte[] library = File.ReadAllBytes(s_path), before = [.. library];
        StringAssert.Contains(Assert.Throws<InvalidDataException>(() => LibStdCxxCompatibility.MarkWeak(library, "GLIBCXX_3.4")).Message,
            "uses a symbol of GLIBCXX_3.4;");
        CollectionAssert.AreEqual(before, library);
    }

    [TestMethod]
    public void Another_kind_of_file_is_refused() =>
        Assert.Throws<InvalidDataException>(() => LibStdCxxCompatibility.MarkWeak("MZ, not ELF"u8.ToArray(), "GLIBCXX_3.4.32"));
}
