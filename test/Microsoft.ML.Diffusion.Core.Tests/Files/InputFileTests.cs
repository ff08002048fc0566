using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>What is no ordinary file is refused by name, wherever it is given; on a system with pipes and devices.</summary>
[TestClass]
public sealed class InputFileTests
{
    private static readonly string s_directory = Directory.CreateTempSubdirectory("odd-files").FullName;
    private static Socket? s_socket;

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        Directory.CreateDirectory(Path.Combine(s_directory, "directory"));
        if (OperatingSystem.IsWindows())
            return;
        using (Process make = Process.Start("mkfifo", [Path.Combine(s_directory, "pipe")]))
            make.WaitForExit();
        s_socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        s_socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(s_directory, "socket")));
    }

    [ClassCleanup]
    public static void Remove()
    {
        s_socket?.Dispose();
        Directory.Delete(s_directory, recursive: true);
    }

    /// <summary>Every opener, every kind of thing, by its own name and by a link to it.</summary>
    [TestMethod]
    [Timeout(60_000)]
    [DataRow("pipe", "a named pipe")]
    [DataRow("socket", "a socket")]
    [DataRow("directory", "a directory")]
    [DataRow("/dev/zero", "a device")]
    [DataRow("/dev/null", "a device")]
    public void What_is_no_ordinary_file_is_refused_by_name(string name, string what)
    {
        if (OperatingSystem.IsWindows() && name != "directory")
            Assert.Inconclusive($"skipped: {name}, which is not on Windows.");
        string odd = Path.Combine(s_directory, name), other = Path.Combine(s_directory, Path.GetRandomFileName());
        Put(other);
        foreach (string path in (string[])[odd, other])
        {
            Refused<CheckpointException>(path, () => ModelFile.Open(path));
            Refused<CheckpointException>(path, () => SafeTensorsReader.Open(path));
            Refused<CheckpointException>(path, () => ConfigurationJson.Open(path));
            Refused<TaskFileException>(path, () => SquadReader.Read(path));
            Refused<TaskFileException>(path, () => ConllReader.Read(path));
        }
        foreach (string file in (string[])["tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json",
            "special_tokens_map.json", "added_tokens.json"])
        {
            string directory = NewDirectory(), path = Path.Combine(directory, file);
            Put(path);
            Refused<TokenizerException>(path, () => TokenizerFiles.FromDirectory(directory));
            Refused<TokenizerException>(path, () => Tokenizer.FromDirectory(directory));
            Refused<CheckpointException>(path, () => _ = EncoderModel.FromDirectory(directory).Tokenizer);
        }
        foreach (string file in (string[])["config.json", "model.safetensors", "model.safetensors.index.json"])
        {
            string directory = NewDirectory(), path = Path.Combine(directory, file);
            Put(path);
            Refused<CheckpointException>(path, () => ModelFiles.FromDirectory(directory).OpenConfiguration(file));
            if (file != "config.json")
                Refused<CheckpointException>(path, () => ModelFiles.FromDirectory(directory).OpenTensors());
        }

        // Windows lets not every user make links.
        void Put(string path) => _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : File.CreateSymbolicLink(path, odd);

        void Refused<T>(string path, Action open) where T : Exception
        {
            T exception = Assert.ThrowsExactly<T>(open);
            StringAssert.StartsWith(exception.Message, $"'{path}' is {what}");
            StringAssert.Contains(exception.Message, "expected an ordinary file");
        }
    }

    [TestMethod]
    public void Ordinary_files_are_opened_by_links_too_and_so_are_empty_ones()
    {
        string path = Path.Combine(NewDirectory(), "file"), link = path + ".link", empty = path + ".empty";
        File.WriteAllText(path, "a O\n");
        File.WriteAllText(empty, "");
        foreach (string name in OperatingSystem.IsWindows() ? (string[])[path] : [path, link])
        {
            if (name == link)
                File.CreateSymbolicLink(link, path);
            Assert.AreEqual("a", ConllReader.Read(name).Sentences.Single().Words.Single());
            using ModelFile file = ModelFile.Open(name);
            Assert.AreEqual("a O\n", Encoding.UTF8.GetString(file.ReadAllBytes(10)));
        }
        StringAssert.Contains(Assert.ThrowsExactly<TaskFileException>(() => ConllReader.Read(empty)).Message, "is empty");
        using ModelFile nothing = ModelFile.Open(empty);
        Assert.AreEqual(0, nothing.Length);
    }

    [TestMethod]
    public void A_file_that_is_missing_is_called_missing()
    {
        string path = Path.Combine(s_directory, "none"), dangling = Path.Combine(NewDirectory(), "dangling");
        Assert.ThrowsExactly<FileNotFoundException>(() => InputFile.Open(path, message => new TaskFileException(message)));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(dangling, path);
            Assert.ThrowsExactly<FileNotFoundException>(() => InputFile.Open(dangling, message => new TaskFileException(message)));
        }
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => ModelFile.Open(path)).Message, "does not exist");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("half")]
    public void A_file_that_a_writer_holds_open_is_called_held(string content)
    {
        string path = Path.Combine(NewDirectory(), "file");
        using var writer = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        writer.Write(Encoding.UTF8.GetBytes(content));
        writer.Flush();
        IOException exception = Assert.ThrowsExactly<IOException>(() => InputFile.Open(path, message => new TaskFileException(message)));
        StringAssert.Contains(exception.Message, "used by another process");
    }

    private static string NewDirectory() => Directory.CreateDirectory(Path.Combine(s_directory, Path.GetRandomFileName())).FullName;
}
