using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>From a file of examples to a model, and from the model to results.</summary>
[TestClass]
public sealed class TrainAndApplyTests
{
    [TestMethod]
    public void A_classifier_goes_from_CSV_to_zip_to_JSON_Lines()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        CommandRun run = CommandRun.Succeed("classify", "--model", zip, "--input", folder.Csv, "--text-column", "review", "--json");
        Assert.HasCount(32, run.Lines);
        for (int i = 0; i < 32; i++)
        {
            using JsonDocument json = JsonDocument.Parse(run.Lines[i]);
            JsonElement row = json.RootElement, scores = row.GetProperty("scores");
            Assert.AreEqual($"{i / 2}", row.GetProperty("id").GetString(), "the file's other columns go along");
            Assert.AreEqual(row.GetProperty("sentiment").GetString(), row.GetProperty("predicted_label").GetString());
            Assert.AreEqual(1, scores.GetProperty("good").GetDouble() + scores.GetProperty("bad").GetDouble(), 1e-5);
            Assert.AreEqual(row.GetProperty("score").GetDouble(), scores.GetProperty(i % 2 == 0 ? "good" : "bad").GetDouble());
        }
        StringAssert.Contains(run.Lines[0], "a wonderful film, \\\"indeed\\\"");

        CommandRun measured = CommandRun.Succeed(
            "evaluate", "--model", zip, "--data", folder.Csv, "--label", "sentiment", "--text", "review", "--json");
        using JsonDocument measures = JsonDocument.Parse(measured.Output);
        Assert.AreEqual(1, measures.RootElement.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(16, measures.RootElement.GetProperty("labels").GetProperty("bad").GetProperty("rows").GetInt32());
    }

    [TestMethod]
    public void A_zip_of_the_tool_needs_the_text_alone_and_predicts_text_in_MLNet()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(zip, out DataViewSchema schema);
        CollectionAssert.AreEqual(new[] { "review" }, schema.Select(column => column.Name).ToArray());
        using var engine = mlContext.Model.CreatePredictionEngine<Review, Judged>(model);
        Judged judged = engine.Predict(new Review { Text = "the film was bad" });
        Assert.AreEqual("bad", judged.Label);
        Assert.AreEqual(1, judged.Score.Sum(), 1e-5);
    }

    [TestMethod]
    public void All_kinds_of_input_and_output_give_the_same_results()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        string[] texts = ["a wonderful film", "dull and bad", "the cat, the dog"];
        string expected = CommandRun.Succeed(["classify", "--model", zip, .. texts.SelectMany(text => new[] { "--text", text })]).Output;
        Assert.AreEqual(expected, Classify("--input", folder.Write("a.txt", string.Join('\n', texts))));
        Assert.AreEqual(expected, Classify("--input", folder.Write("a.csv", $"n;text\n1;{texts[0]}\n2;{texts[1]}\n3;{texts[2]}\n")));
        Assert.AreEqual(expected, Classify("--input", folder.Write("a.tsv", $"text\n{string.Join('\n', texts)}\n")));
        Assert.AreEqual(expected, Classify("--input",
            folder.Write("a.jsonl", string.Join('\n', texts.Select(text => JsonSerializer.Serialize(new { id = 1, text }))))));
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(string.Join("\r\n", texts));
        Assert.AreEqual(expected, CommandRun.WithInput(bytes, "classify", "--model", zip).Output);
        Assert.AreEqual(expected, CommandRun.WithInput(bytes, "classify", "--model", zip, "--input", "-").Output);

        Assert.AreEqual(expected, CommandRun.WithInput(File.ReadAllBytes(folder.Path("a.csv")),
            "classify", "--model", zip, "--input", "-", "--input-kind", "csv").Output);
        Assert.HasCount(3, CommandRun.WithInput("a\n\nb\n"u8.ToArray(), "classify", "--model", zip).Lines, "a row for each line");

        string output = folder.Path("out/labeled.csv");
        CommandRun.Succeed("classify", "--model", zip, "--input", folder.Path("a.csv"), "--output", output);
        string[] lines = File.ReadAllLines(output);
        Assert.AreEqual("n,text,predicted_label,score,scores.bad,scores.good", lines[0]);
        StringAssert.StartsWith(lines[3], "3,\"the cat, the dog\",");

        // A second run on the results: its columns get other names.
        string second = CommandRun.Succeed("classify", "--model", zip, "--input", output, "--csv").Lines[0];
        Assert.AreEqual(
            "n,text,predicted_label,score,scores.bad,scores.good,predicted_label_2,score_2,scores.bad_2,scores.good_2", second);

        string Classify(params string[] args) => CommandRun.Succeed(["classify", "--model", zip, .. args]).Output;
    }

    [TestMethod]
    public void Pairs_are_trained_and_applied_as_pairs()
    {
        using var folder = new TestFolder();
        string pairs = folder.Write("pairs.tsv", "same\tfirst\tsecond\n" + string.Concat(Enumerable.Range(0, 8).Select(i =>
            $"yes\ta good film\ta wonderful film\nno\ta good film\t\"a \"\"bad\"\" dog\"\n")));
        string zip = folder.Path("pairs.zip");
        CommandRun.Succeed("train", "classify", "--data", pairs, "--label", "same", "--text", "first", "--text2", "second", "--model",
            folder.Model, "--output", zip, "--epochs", "1");
        CommandRun run = CommandRun.Succeed("classify", "--model", zip, "--text", "a good film", "--text2", "a dull dog", "--json");
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.AreEqual("a dull dog", json.RootElement.GetProperty("text2").GetString());
        CommandRun.Fail(["classify", "--model", zip, "--text", "alone"], "trained on pairs");
        CommandRun.Fail(["classify", "--model", folder.TrainClassifier(), "--text", "a", "--text2", "b"], "trained on single texts");
    }

    [TestMethod]
    public void Labels_and_numbers()
    {
        using var folder = new TestFolder();
        string data = folder.Write("topics.csv", "topics,body,stars\n" + string.Concat(Enumerable.Range(0, 8).Select(_ =>
            "film;good,a good film,5\n,the cat,3\nfilm,a dull film,1\n")));
        string labels = folder.Path("labels.zip"), stars = folder.Path("stars.zip");
        CommandRun trained = CommandRun.Succeed("train", "labels", "--data", data, "--label", "topics", "--text", "body", "--separator",
            ";", "--model", folder.Model, "--output", labels, "--epochs", "30", "--rate", "0.01", "--batch", "8");
        Assert.IsFalse(trained.Error.Contains("without a label", StringComparison.Ordinal), "a row without labels is an example");
        using JsonDocument labeled = JsonDocument.Parse(
            CommandRun.Succeed("classify", "--model", labels, "--text", "a good film", "--json").Output);
        CollectionAssert.AreEqual(new[] { "film", "good" },
            labeled.RootElement.GetProperty("predicted_labels").EnumerateArray().Select(label => label.GetString()).ToArray());
        using JsonDocument measured = JsonDocument.Parse(CommandRun.Succeed(
            "evaluate", "--model", labels, "--data", data, "--label", "topics", "--text", "body", "--separator", ";", "--json").Output);
        Assert.AreEqual(1, measured.RootElement.GetProperty("micro_f1").GetDouble());

        CommandRun.Succeed("train", "similarity", "--data", data, "--label", "stars", "--text", "body", "--model", folder.Model,
            "--output", stars, "--epochs", "60", "--rate", "0.01", "--batch", "8");
        using JsonDocument numbers = JsonDocument.Parse(CommandRun.Succeed("evaluate", "--model", stars, "--data", data, "--label", "stars",
            "--text", "body", "--json").Output);
        Assert.IsGreaterThan(0.8, numbers.RootElement.GetProperty("pearson").GetDouble());
        CommandRun.Fail(["train", "similarity", "--data", data, "--label", "topics", "--text", "body", "--model", folder.Model, "--output",
            stars], "'film;good'", "expected a number");
    }

    [TestMethod]
    public void Entities_and_answers()
    {
        using var folder = new TestFolder();
        string names = folder.Write("names.conll", string.Concat(Enumerable.Repeat(
            "Anna B-PER\nwas O\nborn O\nin O\nLondon B-LOC\n. O\n\nthe O\nfilm O\nwas O\ngood O\n\n", 8)));
        string entities = folder.Path("names.zip");
        CommandRun.Succeed("train", "entities", "--data", names, "--model", folder.Model, "--output", entities, "--epochs", "40", "--rate",
            "0.01", "--batch", "4");
        CommandRun found = CommandRun.Succeed("entities", "--model", entities, "--text", "Anna was born in London.", "--csv");
        CollectionAssert.AreEqual(
            new[] { "text,entity_type,entity_text,entity_start", "Anna was born in London.,PER,Anna,0", "Anna was born in " +
                "London.,LOC,London,17" },
            found.Lines.Select(line => line[..line.LastIndexOf(',')]).ToArray());
        using JsonDocument measured = JsonDocument.Parse(
            CommandRun.Succeed("evaluate", "--model", entities, "--data", names, "--json").Output);
        Assert.AreEqual(1, measured.RootElement.GetProperty("f1").GetDouble());

        string questions = folder.Write("questions.jsonl", string.Concat(Enumerable.Repeat(
            "{\"context\":\"Anna was born in London.\",\"question\":\"Who was born?\",\"answer\":\"Anna\"}\n" +
            "{\"context\":\"Anna was born in London.\",\"question\":\"where?\",\"answer\":\"London\"}\n", 8)));
        string answers = folder.Path("answers.zip");
        CommandRun.Succeed("train", "answer", "--data", questions, "--model", folder.Model, "--output", answers, "--epochs", "40", "--rate",
            "0.01", "--batch", "4");
        CommandRun run = CommandRun.Succeed("answer", "--model", answers, "--question", "Who was born?", "--question", "where?",
            "--context-file", folder.Write("context.txt", "Anna was born in London."), "--json");
        Assert.HasCount(2, run.Lines);
        StringAssert.Contains(run.Lines[0], "\"answers\":[{\"answer\":\"Anna\"");
        StringAssert.Contains(run.Lines[1], "\"answer\":\"London\"");
        CommandRun.Fail(["train", "answer", "--data", folder.Write("wrong.csv", "context,question,answer\nabc,what,x\n"), "--output",
            answers],
            "does not contain");
    }

    [TestMethod]
    public void Writing_is_trained_and_repeats_itself_with_the_same_seed()
    {
        using var folder = new TestFolder();
        string stories = folder.Write("stories.txt", string.Concat(Enumerable.Repeat("the film was good\nand bad\n\na dull dog\n\n", 8)));
        string zip = folder.Path("writer.zip");
        CommandRun.Succeed("train", "write", "--data", stories, "--model", folder.Model, "--output", zip, "--epochs", "2", "--tokens", "8");
        CommandRun first = CommandRun.Succeed("write", "--model", zip, "--prompt", "the film", "--json");
        Assert.AreEqual(first.Output, CommandRun.Succeed("write", "--model", zip, "--prompt", "the film", "--json").Output);
        StringAssert.StartsWith(first.Output, "{\"prompt\":\"the film\",\"written\":\"");

        string[] write = ["write", "--model", folder.Model, "--prompt", "the film", "--tokens", "8", "--samples", "2", "--seed"];
        CommandRun one = CommandRun.Succeed([.. write, "1"]);
        Assert.HasCount(2, one.Output.TrimEnd().Split("the film").Skip(1).ToArray());
        Assert.AreEqual(one.Output, CommandRun.Succeed([.. write, "1", "--threads", "1"]).Output);
        Assert.AreNotEqual(one.Output, CommandRun.Succeed([.. write, "2"]).Output);
    }

    [TestMethod]
    public void A_vocabulary_and_a_model_from_nothing()
    {
        using var folder = new TestFolder();
        string text = folder.Write("text.txt", string.Concat(Enumerable.Range(0, 40).Select(i => $"the film number {i} was good\n\n")));
        string vocabulary = folder.Path("vocabulary"), model = folder.Path("new"), snapshots = folder.Path("snapshots");
        CommandRun.Succeed("vocabulary", "--text", text, "--size", "300", "--output", vocabulary);
        string[] pretrain =
        [
            "pretrain", "--text", text, "--vocabulary", vocabulary, "--validation", text, "--output", model, "--layers", "1",
            "--hidden", "32", "--heads", "2", "--intermediate", "32", "--length", "32", "--tokens", "0.002", "--batch", "128",
            "--checkpoint", snapshots,
        ];
        CommandRun.Succeed(pretrain);
        byte[] weights = File.ReadAllBytes(Path.Combine(model, "model.safetensors"));
        CommandRun.Succeed(pretrain); // continues from the last snapshot, which is the end
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(model, "model.safetensors")));
        StringAssert.Contains(CommandRun.Succeed("inspect", model).Output, "masked language");
        CommandRun.Misuse(["pretrain", "--text", text, "--output", model], "--vocabulary", "--model");
    }

    private sealed class Review
    {
        [ColumnName("review")]
        public string Text { get; set; } = "";
    }

    private sealed class Judged
    {
        [ColumnName("PredictedLabel")]
        public string Label { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
