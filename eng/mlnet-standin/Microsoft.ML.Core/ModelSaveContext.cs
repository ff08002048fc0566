using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes one component into a model file: Model.key in a directory of its own, other streams beside it.</summary>
public sealed class ModelSaveContext : IDisposable
{
    private readonly Repository.Entry _entry;
    private readonly IExceptionContext _ectx;
    private readonly List<string> _strings = [];
    private string _loaderAssemblyName;
    private bool _done;
    internal readonly RepositoryWriter Repository;
    internal readonly string Directory;
    internal readonly BinaryWriter Writer;
    internal ModelHeader Header;

    internal ModelSaveContext(RepositoryWriter rep, string dir, string name)
    {
        Contracts.CheckValue(rep, nameof(rep));
        Repository = rep;
        _ectx = rep.ExceptionContext;
        Directory = dir ?? "";
        _entry = rep.CreateEntry(dir, name);
        Writer = new BinaryWriter(_entry.Stream, Encoding.UTF8, leaveOpen: true);
        Writer.Write(new byte[ModelHeader.Size]); // room for the header
    }

    internal void CheckAtModel() => _ectx.Check(Writer.BaseStream.Position == ModelHeader.Size, "The model's bytes have begun already.");

    internal void SetVersionInfo(VersionInfo ver)
    {
        ModelHeader.SetVersionInfo(ref Header, ver);
        _loaderAssemblyName = ver.LoaderAssemblyName;
    }

    internal static void SaveModel<T>(RepositoryWriter rep, T value, string path)
        where T : class
    {
        if (value is not ICanSaveModel savable)
            throw rep.ExceptionContext.Except($"Object of type '{value?.GetType()}' cannot be saved into a model file.");
        using var context = new ModelSaveContext(rep, path, ModelLoadContext.ModelStreamName);
        savable.Save(context);
        context.Done();
    }

    internal void SaveModel<T>(T value, string name)
        where T : class => SaveModel(Repository, value, Path.Combine(Directory, name));

    internal void SaveSubModel(string dir, Action<ModelSaveContext> fn)
    {
        using var context = new ModelSaveContext(Repository, Path.Combine(Directory, dir), ModelLoadContext.ModelStreamName);
        fn(context);
        context.Done();
    }

    internal void SaveBinaryStream(string name, Action<BinaryWriter> action)
    {
        using Repository.Entry entry = Repository.CreateEntry(Directory, name);
        using var writer = new BinaryWriter(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(writer);
    }

    internal void SaveNonEmptyString(string str)
    {
        _ectx.CheckParam(!string.IsNullOrEmpty(str), nameof(str), "Trying to save a null or empty string where one is needed");
        int id = _strings.IndexOf(str);
        if (id < 0)
        {
            id = _strings.Count;
            _strings.Add(str);
        }
        Writer.Write(id);
    }

    /// <summary>Ends the model's bytes; strings, assembly name, tail and header follow.</summary>
    internal void Done()
    {
        _ectx.Check(Header.ModelSignature != 0, "ModelSignature not specified");
        Header.CbModel = Writer.BaseStream.Position - ModelHeader.Size;
        if (_strings.Count > 0)
        {
            Header.FpStringTable = Writer.BaseStream.Position;
            long end = 0;
            foreach (string text in _strings)
                Writer.Write(end += sizeof(char) * (long)text.Length);
            Header.CbStringTable = sizeof(long) * (long)_strings.Count;
            Header.FpStringChars = Writer.BaseStream.Position;
            foreach (string text in _strings)
                Writer.Write(Encoding.Unicode.GetBytes(text));
            Header.CbStringChars = end;
        }
        if (_loaderAssemblyName is not null)
        {
            Header.FpAssemblyName = Writer.BaseStream.Position;
            byte[] name = Encoding.Unicode.GetBytes(_loaderAssemblyName);
            Writer.Write(name);
            Header.CbAssemblyName = (uint)name.Length;
        }
        ModelHeader.WriteHeaderAndTailCore(Writer, 0, ref Header);
        _done = true;
    }

    public void Dispose()
    {
        Writer.Dispose();
        if (_done)
            _entry.Dispose();
    }
}
