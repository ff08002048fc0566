using System.Collections;
using System.Reflection;
using System.Resources;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Pipelines;

/// <summary>Sets of real texts.</summary>
internal static class TextSets
{
    private static readonly string[] s_languages =
        ["cs", "de", "es", "fr", "it", "ja", "ko", "pl", "pt-BR", "ru", "tr", "zh-Hans", "zh-Hant"];

    public static IEnumerable<(string Name, string[] Texts)> Read(DirectoryInfo shared)
    {
        string data = Path.Combine(shared.FullName, "data");
        yield return ("SST-2 dev", [.. Lines("sst2/dev.tsv").Skip(1).Select(line => line.Split('\t')[1])]);
        yield return ("AG News, 2,000", [.. Lines("agnews/train.tsv").Take(2000).Select(line => line.Split('\t')[0])]);
        yield return ("TREC, 2,000", [.. Lines("trec/TREC.train").Take(2000).Select(line => line[(line.IndexOf(' ') + 1)..])]);
        yield return ("MRPC, 2,000", [.. Lines("mrpc/msr_paraphrase_train.txt").Skip(1).Take(2000).Select(line => line.Split('\t')[3])]);
        yield return ("IMDb, 1,000", [.. Lines("imdb/train_pos.tsv").Skip(1).Take(1000)]);
        yield return ("WNUT-17 tweets", Sentences(Path.Combine(data, "wnut17/wnut17train.conll")));
        yield return ("SQuAD contexts", Contexts(Path.Combine(data, "squad/dev-v1.1.json")));
        foreach (string language in s_languages)
        {
            string[] messages = Messages(language);
            if (messages.Length > 0)
                yield return ($"messages of the .NET SDK, {language}", messages);
        }

        IEnumerable<string> Lines(string name) => File.ReadLines(Path.Combine(data, name));
    }

    private static string[] Sentences(string path) => [.. File.ReadAllText(path).Replace("\r", "", StringComparison.Ordinal)
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(sentence => string.Join(' ', sentence.Split('\n').Select(line => line.Split('\t')[0])))];

    private static string[] Contexts(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.GetProperty("data").EnumerateArray()
            .SelectMany(article => article.GetProperty("paragraphs").EnumerateArray())
            .Select(paragraph => paragraph.GetProperty("context").GetString()!)];
    }

    /// <summary>The translated messages of the build, which lie in the SDK that runs this.</summary>
    private static string[] Messages(string language)
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "sdk"));
        string? file = Directory.Exists(root)
            ? Directory.EnumerateFiles(root, "Microsoft.Build.resources.dll", SearchOption.AllDirectories)
                .FirstOrDefault(path => Path.GetFileName(Path.GetDirectoryName(path)) == language) : null;
        if (file is null)
            return [];
        Assembly assembly = Assembly.LoadFile(file);
        return [.. assembly.GetManifestResourceNames().SelectMany(name =>
        {
            using var reader = new ResourceReader(assembly.GetManifestResourceStream(name)!);
            return reader.Cast<DictionaryEntry>().Select(entry => entry.Value).OfType<string>().ToArray();
        })];
    }
}
