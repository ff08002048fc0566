using System.Text;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Text;

/// <summary>A tokenizer's files in memory.</summary>
internal static class TextFiles
{
    public static byte[] Get(TokenizerFiles files, string name) =>
        files.TryGet(name, out byte[]? content) ? content : throw new AssertFailedException($"There is no {name}.");

    public static TokenizerFiles Only(TokenizerFiles files, params string[] names) =>
        new(names.Select(name => new KeyValuePair<string, byte[]>(name, Get(files, name))));

    public static TokenizerFiles Of(params (string Name, string Content)[] files) =>
        new(files.Select(static file => new KeyValuePair<string, byte[]>(file.Name, Encoding.UTF8.GetBytes(file.Content))));

    public static void AssertSame(TokenizerFiles expected, TokenizerFiles actual)
    {
        CollectionAssert.AreEqual(expected.Names.ToArray(), actual.Names.ToArray());
        foreach (string name in expected.Names)
            Assert.IsTrue(Get(expected, name).AsSpan().SequenceEqual(Get(actual, name)), name);
    }
}
