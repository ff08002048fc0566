using System.Text;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>Input that is not as expected: one clear line, and nothing half-written.</summary>
[TestClass]
public sealed class BadInputTests
{
    [TestMethod]
    public void A_bad_file_of_examples_is_one_line_and_leaves_an_old_model_as_it_was()
    {
        using var folder = new TestFolder();
        string output = folder.Write("model.zip", "an old model");
        Check("sentiment,text\na,b\n", "no column 'label'", "'sentiment', 'text'");
        Check("Label,text\na,b\n", "no column 'label'", "Give 'Label' instead");
        Check("", "is empty");
        Check("\n\n", "is empty");
        Check("label,text\n", "no rows");
        Check("label,text\n,a\n ,b\n", "no row with a label");
        Check("label,text\ngood,a\ngood,b\n", "only one label");
        Check("label,text\na,1\nb,2\nc,3\nd,4\n", "4 different labels in 4 rows");
        Check("label,text\ngood,a\nbad,b,c\n", "3 fields", "expected 2", "line 3");
        Check("label,text\ngood,a\nbad\n", "1 fields", "expected 2");
        Check("label,text\ngood,\"a\nbad,b\n", "a quote that is not closed");
        Check("label,text,text\na,b,c\n", "two columns 'text'");
        Check("label,text\ngood,a \"quote\" here\nbad,b\n", "a quote inside a field", "line 2");
        Check(Encoding.Latin1.GetBytes("label,text\ngood,caf\u00e9\nbad,b\n"), "not UTF-8", "iconv");
        Check(Encoding.Unicode.GetBytes("label,text\ngood,a\n"), "zero character");
        CommandRun.Fail(Train(folder.Path("absent.csv")), "no file");
        CommandRun.Fail(Train(folder.Root), "is a directory");
        CommandRun.Fail(Train(folder.Write("a.txt", "text")), "no named columns");
        CommandRun.Fail(Train(folder.Write("a.xlsx", "PK")), "not a text file");
        CommandRun.Fail(Train(folder.Write("a.jsonl", "{\"label\":\"a\",\"text\":\"b\"}\n{\"label\":\"a\"}\n")), "no 'text' in line 2");
        CommandRun.Fail(Train(folder.Write("b.jsonl", "{\"label\":\"a\",\"text\":\"b\"}\n[1]\n")), "line 2", "not an object");
        CommandRun.Fail(Train(folder.Write("c.jsonl", "{\"label\":")), "line 1");
        Assert.AreEqual("an old model", File.ReadAllText(output));
        CollectionAssert.AreEqual(Array.Empty<string>(), Directory.GetFiles(folder.Root, ".*"), "nothing half-written is left");

        string[] Train(string data) => ["train", "classify", "--data", data, "--model", folder.Model, "--output", output];

        void Check(object content, params string[] expected)
        {
            File.WriteAllBytes(folder.Path("bad.csv"), content as byte[] ?? Encoding.UTF8.GetBytes((string)content));
            CommandRun.Fail(Train(folder.Path("bad.csv")), expected);
        }
    }

    [TestMethod]
    public void A_label_seen_once_is_a_warning_that_names_it()
    {
        using var folder = new TestFolder();
        string data = folder.Write("data.csv", "label,text\ngood,a\ngood,b\nbad,c\nbad,d\nrare,e\n,f\n");
        CommandRun run = CommandRun.Succeed("train", "classify", "--data", data, "--model", folder.Model, "--output", folder.Path("m.zip"),
            "--epochs", "1");
        StringAssert.Contains(run.Error, "warning: 1 of 3 labels have only one row, such as 'rare'");
        StringAssert.Contains(run.Error, "1 rows without a label");
    }

    [TestMethod]
    public void UTF_16_with_a_byte_order_mark_is_read()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        string file = folder.Write("utf16.csv", "text\nthe cat sat\n", Encoding.Unicode);
        StringAssert.Contains(CommandRun.Succeed("classify", "--model", zip, "--input", file).Output, "the cat sat");
    }

    [TestMethod]
    public void Wrong_arguments_are_exit_code_2()
    {
        foreach (string line in (string[])["nonsense", "classify", "classify --model", "write --tokens many",
            "write --device tpu", "train"])
        {
            CommandRun run = CommandRun.Of(CommandRun.Split(line));
            Assert.AreEqual(2, run.Code, line);
            Assert.IsGreaterThan(0, run.Error.Length + run.Output.Length, line);
        }
    }

    [TestMethod]
    public void A_model_that_is_none_or_another_is_named()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        CommandRun.Fail(["classify", "--model", folder.Path("absent"), "--text", "a"], "There is no", "diffusion-ml get");
        CommandRun.Fail(["classify", "--model", folder.Write("weights.bin", "x"), "--text", "a"], "is not a .zip");
        CommandRun.Fail(["answer", "--model", zip, "--question", "a", "--context", "b"], "no model that answers questions",
            "BertTextClassificationTransformer");
        CommandRun.Fail(["classify", "--model", folder.Model, "--text", "a"], "has no head");
        CommandRun.Fail(["train", "classify", "--data", folder.Csv, "--label", "sentiment", "--text", "review", "--model", zip, "--output",
            folder.Path("x.zip")], "is a .zip", "convert");
        CommandRun.Fail(["classify", "--model", zip, "--text", "a", "--engine", folder.Root], "has no engine");
        CommandRun.Fail(["classify", "--model", zip, "--text", "a", "--engine", folder.Path("absent")], "no folder");
    }

    [TestMethod]
    public void Arguments_that_do_not_fit_together_are_one_line_and_exit_code_2()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier(), csv = folder.Csv;
        CommandRun.Misuse(["classify", "--model", zip], "There is no input");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--input", "b"], "expected one of the two");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--json", "--csv"], "expected one of the two");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--output", folder.Path("a.xlsx")], "another kind of file");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--json", "--output", folder.Path("a.csv")], "another kind of file");
        CommandRun.Misuse(["classify", "--model", zip, "--input", csv, "--text-column", "review", "--output", csv], "both --input and " +
            "--output");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--device", "gpu"], "no engine for GPUs", "DIFFUSION_ML_ENGINE");
        CommandRun.Misuse(["classify", "--model", zip, "--text", "a", "--threads", "-1"], "--threads is -1");
        CommandRun.Misuse(["answer", "--model", zip, "--question", "a"], "--context is missing");
        CommandRun.Misuse(["write", "--tokens", "0", "--prompt", ""], "--tokens is 0");
        CommandRun.Misuse(["write", "--model", zip, "--tokens", "5", "--seed", "9", "--prompt", ""], "own settings", "--tokens, --seed");
        CommandRun.Misuse(["fill", "--model", zip, "--top", "2", "--text", ""], "own settings");
        CommandRun.Misuse(["train", "classify", "--data", csv, "--output", "a.zip", "--validation", csv, "--validation-share",
            "0.1"], "one of the two");
        CommandRun.Misuse(["train", "classify", "--data", csv, "--output", "a.zip", "--validation-share", "2"], "--validation-share is 2");
        CommandRun.Misuse(["bogus"], "bogus", "diffusion-ml --help");
        CommandRun.Misuse(["train", "labels"], "--data", "diffusion-ml train labels --help");
    }

    [TestMethod]
    public void An_output_that_cannot_be_written_is_refused_before_the_training()
    {
        using var folder = new TestFolder();
        string csv = folder.Csv, file = folder.Write("notes.py", "mine");
        Check(file, "is a file");
        Check(Path.Combine(file, "model.zip"), "which is a file");
        Check(folder.Root, "has files and no model");
        Check(Directory.CreateDirectory(folder.Path("d.zip")).FullName, "is a directory");
        Assert.AreEqual("mine", File.ReadAllText(file));
        CommandRun.Fail(["convert", "--input", folder.Model, "--output", folder.Root], "has files and no model");

        void Check(string output, string expected)
        {
            CommandRun run = CommandRun.Fail(["train", "classify", "--data", csv, "--label", "absent", "--output", output], expected);
            Assert.IsFalse(run.Error.Contains("absent", StringComparison.Ordinal), "the file of examples was not even read");
        }
    }

    [TestMethod]
    public void Spaces_beside_a_label_are_not_another_class_and_unknown_labels_are_counted()
    {
        using var folder = new TestFolder();
        string data = folder.Write("spaces.csv", "label,text\ngood,a\n good ,b\nbad,c\nbad ,d\n"), zip = folder.Path("m.zip");
        CommandRun.Succeed("train", "classify", "--data", data, "--model", folder.Model, "--output", zip, "--epochs", "1");
        StringAssert.Contains(CommandRun.Succeed("inspect", zip).Output, "one class of bad, good");
        string other = folder.Write("other.csv", "label,text\ngood ,a\nodd,b\n");
        StringAssert.Contains(CommandRun.Succeed("evaluate", "--model", zip, "--data", other).Error, "1 of 2 rows have a label that the " +
            "model lacks, such as 'odd'");
    }

    [TestMethod]
    public void A_reader_that_has_enough_ends_the_program()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        int read = 0;
        using var output = new ClosingWriter(lines: 2);
        using var error = new StringWriter();
        var endless = new EndlessLines(() => read++);
        var terminal = new Terminals.Terminal(() => endless, output, error);
        int code = ToolProgram.RunAsync(["classify", "--model", zip], terminal).GetAwaiter().GetResult();
        Assert.AreEqual(0, code, error.ToString());
        Assert.AreEqual("", error.ToString());
        Assert.IsLessThan(100, read);
    }

    /// <summary>An output whose reader goes after some lines.</summary>
    private sealed class ClosingWriter(int lines) : StringWriter
    {
        private int _left = lines;

        public override void WriteLine(string? value)
        {
            if (_left-- <= 0)
                throw new IOException("Broken pipe");
        }

        public override void Flush()
        {
            if (_left < 0)
                throw new IOException("Broken pipe");
        }
    }

    /// <summary>An input that never ends, 64 KiB at a time.</summary>
    private sealed class EndlessLines(Action onRead) : MemoryStream
    {
        public override int Read(Span<byte> buffer)
        {
            onRead();
            for (int i = 0; i < buffer.Length; i++)
                buffer[i] = i % 8 == 7 ? (byte)'\n' : (byte)'a';
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }

    [TestMethod]
    public void A_file_of_results_that_cannot_be_completed_keeps_its_old_content()
    {
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        string output = folder.Write("out.csv", "old");
        string input = folder.Write("in.csv", "text,n\na,1\nb,2\nc\n");
        CommandRun.Fail(["classify", "--model", zip, "--input", input, "--output", output], "1 fields");
        Assert.AreEqual("old", File.ReadAllText(output));
    }

    [TestMethod]
    public void A_canceled_training_writes_nothing()
    {
        using var folder = new TestFolder();
        string output = folder.Path("canceled.zip");
        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        CommandRun run = CommandRun.Of(null, canceled.Token, "train", "classify", "--data", folder.Csv, "--label", "sentiment", "--text",
            "review", "--model", folder.Model, "--output", output);
        Assert.AreEqual(130, run.Code, run.Error);
        Assert.IsFalse(File.Exists(output));
    }
}
