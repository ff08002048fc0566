using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A model that is saved again: whole, or the old one stays.</summary>
[TestClass]
public sealed class SaveAtomicallyTests
{
    private const int LastWrites = 25;
    private readonly MLContext _context = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("save-atomically").FullName;

    private string ModelPath => Path.Combine(_folder, "model.zip");

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void It_writes_what_Save_writes_and_replaces_what_was_there()
    {
        (ITransformer model, DataViewSchema schema) = Load("labels");
        using (model as IDisposable)
        {
            string path = Path.Combine(_folder, "new", "model.zip");
            _context.Model.SaveAtomically(model, schema, path);
            var saved = new MemoryStream();
            _context.Model.Save(model, schema, saved);
            CollectionAssert.AreEqual(Entries(saved.ToArray()), Entries(File.ReadAllBytes(path)));
            _context.Model.SaveAtomically(model, inputSchema: null, path);
            (_context.Model.Load(path, out DataViewSchema none) as IDisposable)!.Dispose();
            Assert.IsNull(none);
            Assert.HasCount(1, Directory.GetFiles(Path.GetDirectoryName(path)!));
        }

        static string[] Entries(byte[] zip) =>
            [.. ZipEntries.Read(zip)
                .Select(entry => $"{entry.Name} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(entry.Content))}")];
    }

    [TestMethod]
    public void A_save_that_fails_keeps_the_old_model()
    {
        (ITransformer model, DataViewSchema schema) = Load("labels");
        _context.Model.SaveAtomically(model, schema, ModelPath);
        byte[] before = File.ReadAllBytes(ModelPath);
        var canceled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => _context.Model.SaveAtomically(model, inputSchema: null, ModelPath, canceled));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(ModelPath));
        foreach (ITransformer part in (IEnumerable<ITransformer>)model)
            (part as IDisposable)?.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _context.Model.SaveAtomically(model, schema, ModelPath));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(ModelPath));
        Assert.HasCount(1, Directory.GetFiles(_folder));
        Assert.Throws<ObjectDisposedException>(() => _context.Model.Save(model, schema, ModelPath));
        Assert.AreNotEqual(before.Length, (int)new FileInfo(ModelPath).Length, "ML.NET's own has emptied it");

        Assert.Throws<ArgumentNullException>(() => _context.Model.SaveAtomically(null!, schema, ModelPath));
        Assert.Throws<ArgumentException>(() => _context.Model.SaveAtomically(model, schema, ""));
        Assert.Throws<ArgumentException>(() => _context.Model.SaveAtomically(model, schema, " "));
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        Assert.Throws<CheckpointException>(() => { (ITransformer whole, _) = Load("labels");
            _context.Model.SaveAtomically(whole, schema, Path.Combine(_folder, "folder")); });
    }

    /// <summary>
    /// The disk is full at some places of the content, and in each of the last writes: those of the zip's directory, whose errors ML.NET
    /// passes over, and some before them.
    /// </summary>
    [TestMethod]
    public void An_error_in_writing_is_never_passed_over()
    {
        (ITransformer model, DataViewSchema schema) = Load("generate");
        using (model as IDisposable)
        {
            var whole = new FullDisk(long.MaxValue);
            WatchedStream.Write(whole, "model.zip", stream => _context.Model.Save(model, schema, stream));
            int passedOver = 0;
            long[] last = [.. whole.Ends.Order().TakeLast(LastWrites).Select(end => end - 1)];
            foreach (long room in (long[])[0, 1, 1_000, whole.Length / 2, .. last])
            {
                CheckpointException error =
                    Assert.Throws<CheckpointException>(() => WatchedStream.Write(new FullDisk(room), "model.zip", stream =>
                {
                    _context.Model.Save(model, schema, stream);
                    passedOver++;
                }));
                StringAssert.Contains(error.Message, "'model.zip' could not be written");
                StringAssert.Contains(error.Message, "No space");
            }
            Assert.IsGreaterThan(0, passedOver, "the errors that ML.NET passes over");
            Assert.IsLessThan(LastWrites, passedOver, "the last writes begin before those");
            WatchedStream.Write(new FullDisk(whole.Length), "model.zip", stream => _context.Model.Save(model, schema, stream));
        }
    }

    private (ITransformer Model, DataViewSchema Schema) Load(string name) =>
        (_context.Model.Load(new MemoryStream(SavedModelTests.File("2", name)), out DataViewSchema schema), schema);

    private sealed class FullDisk(long room) : MemoryStream
    {
        /// <summary>The places where writes ended.</summary>
        public HashSet<long> Ends { get; } = [];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > room)
                throw new IOException("No space left on device.");
            if (buffer.Length > 0)
                Ends.Add(Position + buffer.Length);
            base.Write(buffer);
        }
    }
}
