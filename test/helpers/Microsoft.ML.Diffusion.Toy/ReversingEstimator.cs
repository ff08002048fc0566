using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Toy;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ReversingTransformer), null, typeof(SignatureLoadModel), "Reversing transform", ReversingTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion.Toy;

/// <summary>Writes a text backwards between two bytes of state: the smallest component that uses what the real ones use.</summary>
public sealed class ReversingEstimator : TrivialEstimator<ReversingTransformer>
{
    internal ReversingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ReversingEstimator)), new ReversingTransformer(env, outputColumnName, inputColumnName))
    {
    }

    /// <inheritdoc/>
    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        (string output, string input) = Transformer.Columns;
        if (!inputSchema.TryFindColumn(input, out SchemaShape.Column column))
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
        if (column.ItemType is not TextDataViewType || column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input, "String", column.GetTypeString());
        Dictionary<string, SchemaShape.Column> columns = inputSchema.ToDictionary(c => c.Name);
        columns[output] = new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, false);
        return new SchemaShape(columns.Values);
    }
}

/// <summary>Writes a text backwards.</summary>
public sealed class ReversingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ReversingTransform";
    private const string WeightsName = "weights.bin";

    private readonly byte[] _weights;

    internal ReversingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(ReversingTransformer)), (outputColumnName, inputColumnName))
    {
        // Drawn once and stored, so that a loaded model gives what the saved one gave.
        _weights = new byte[2];
        Host.Rand.NextBytes(_weights);
        using IChannel channel = Host.Start("Construct");
        channel.Info("Weights are {0} and {1}.", _weights[0], _weights[1]);
    }

    private ReversingTransformer(IHostEnvironment env, ModelLoadContext ctx) : base(env.Register(nameof(ReversingTransformer)), ctx)
    {
        byte[]? weights = null;
        Host.CheckDecode(ctx.TryLoadBinaryStream(WeightsName, reader => weights = reader.ReadBytes(2)), $"The model has no {WeightsName}.");
        _weights = weights!;
        GpuDeviceId = ((IHostEnvironmentInternal)Host).GpuDeviceId;
    }

    /// <summary>What the loading context said of a GPU.</summary>
    public int? GpuDeviceId { get; }

    internal (string Output, string Input) Columns => ColumnPairs[0];

    private static ReversingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ReversingTransformer(env, ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        ctx.SaveBinaryStream(WeightsName, writer => writer.Write(_weights));
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        if (inputSchema[srcCol].Type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", inputSchema[srcCol].Name, "String", inputSchema[srcCol].Type.ToString()!);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "REVERSER",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ReversingTransformer).Assembly.FullName!);

    private sealed class Mapper(ReversingTransformer parent, DataViewSchema schema) : OneToOneMapperBase(parent.Host.Register("Mapper"), parent, schema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(parent.Columns.Output, TextDataViewType.Instance)];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            ValueGetter<ReadOnlyMemory<char>> get = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[0]]);
            ReadOnlyMemory<char> text = default;
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) =>
            {
                Host.CheckAlive();
                get(ref text);
                char[] reversed = text.ToArray();
                Array.Reverse(reversed);
                value = $"{parent._weights[0]} {new string(reversed)} {parent._weights[1]}".AsMemory();
            });
        }
    }
}

/// <summary>Adds the toy to a catalog, as the real components add themselves.</summary>
public static class ToyCatalog
{
    /// <summary>Writes a text backwards.</summary>
    public static ReversingEstimator Reverse(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string? inputColumnName = null) =>
        new(catalog.GetEnvironment(), outputColumnName, inputColumnName ?? outputColumnName);
}
