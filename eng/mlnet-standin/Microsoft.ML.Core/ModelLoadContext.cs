using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads one component from a model file.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    public const string ModelStreamName = "Model.key";
    private readonly IExceptionContext _ectx;
    public readonly RepositoryReader Repository;
    public readonly string Directory;
    public readonly BinaryReader Reader;
    public readonly string[] Strings;
    public readonly string LoaderAssemblyName;
    public ModelHeader Header;

    internal ModelLoadContext(RepositoryReader rep, Repository.Entry ent, string dir)
    {
        Repository = rep;
        _ectx = rep.ExceptionContext;
        Directory = dir ?? "";
        Reader = new BinaryReader(ent.Stream, Encoding.UTF8, leaveOpen: true);
        ModelHeader.BeginRead(out _, out Header, out Strings, out LoaderAssemblyName, Reader);
    }

    public static void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, RepositoryReader rep, string dir, params object[] extra)
        where TRes : class
    {
        using Repository.Entry entry = rep.OpenEntryOrNull(dir, ModelStreamName)
            ?? throw env.ExceptDecode($"Corrupt model file: entry '{dir}/{ModelStreamName}' is missing.");
        using var context = new ModelLoadContext(rep, entry, dir);
        if (!string.IsNullOrEmpty(context.LoaderAssemblyName))
        {
            // By the simple name: the stand-in is not signed, ML.NET is.
            env.ComponentCatalog.RegisterAssembly(Assembly.Load(new AssemblyName(context.LoaderAssemblyName).Name));
        }
        if (!ComponentCatalog.TryCreateInstance<TRes, TSig>(env, out result, ModelHeader.GetLoaderSig(ref context.Header), "", [context, .. extra]))
            throw env.ExceptDecode($"Couldn't load model: '{dir}'");
        context.Done();
    }

    public void LoadModel<TRes, TSig>(IHostEnvironment env, out TRes result, string name, params object[] extra)
        where TRes : class => LoadModel<TRes, TSig>(env, out result, Repository, Path.Combine(Directory, name), extra);

    public bool TryProcessSubModel(string dir, Action<ModelLoadContext> action)
    {
        string path = Path.Combine(Directory, dir);
        using Repository.Entry entry = Repository.OpenEntryOrNull(path, ModelStreamName);
        if (entry is null)
            return false;
        using var context = new ModelLoadContext(Repository, entry, path);
        action(context);
        return true;
    }

    public bool TryLoadBinaryStream(string name, Action<BinaryReader> action)
    {
        using Repository.Entry entry = Repository.OpenEntryOrNull(Directory, name);
        if (entry is null)
            return false;
        using var reader = new BinaryReader(entry.Stream, Encoding.UTF8, leaveOpen: true);
        action(reader);
        return true;
    }

    public void CheckAtModel(VersionInfo ver)
    {
        _ectx.Check(Reader.BaseStream.Position == Header.FpModel, "The model's bytes have been read already.");
        ModelHeader.CheckVersionInfo(ref Header, ver);
    }

    public string LoadNonEmptyString()
    {
        int id = Reader.ReadInt32();
        _ectx.CheckDecode(id >= 0 && id < Strings.Length, "Corrupt model file: an id of a string is out of range.");
        _ectx.CheckDecode(Strings[id].Length > 0, "Corrupt model file: a string is empty.");
        return Strings[id];
    }

    /// <summary>Checks that the component read all of its bytes.</summary>
    public void Done() => _ectx.CheckDecode(
        Reader.BaseStream.Position == Header.FpModel + Header.CbModel, "Corrupt model file: the model's bytes were not all read.");

    public void Dispose() => Reader.Dispose();
}
