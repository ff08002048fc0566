using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Writing;

/// <summary>The columns of a transformer that writes texts.</summary>
/// <param name="Output">The output column.</param>
/// <param name="Input">The input column, with prompts or templates.</param>
/// <param name="Trace">The column of traces, or null.</param>
internal sealed record WritingColumns(string Output, string Input, string? Trace)
{
    private IEnumerable<string> Written => Trace is null ? [Output] : [Output, Trace];

    /// <summary>The added columns: each a text, or a vector of texts if there are several samples.</summary>
    public DataViewSchema.DetachedColumn[] Added(int samples) =>
        [.. Written.Select(name => new DataViewSchema.DetachedColumn(name, TextColumns.OutputType(samples)))];

    /// <summary>The input's columns and the added columns.</summary>
    public SchemaShape AddTo(SchemaShape schema, int samples) => TextColumns.WithOutputs(schema, Written, samples);

    /// <summary>Writes the names.</summary>
    public void Save(ModelSaveContext ctx)
    {
        // int: 1, the number of column pairs; string ids: Output, Input
        // bool: whether there are traces; string id, if true: Trace
        ctx.Writer.Write(1);
        ctx.SaveNonEmptyString(Output);
        ctx.SaveNonEmptyString(Input);
        ctx.Writer.Write(Trace is not null);
        if (Trace is not null)
            ctx.SaveNonEmptyString(Trace);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The names are damaged.</exception>
    public static WritingColumns Load(IHost host, ModelLoadContext ctx, string loaderSignature)
    {
        int pairs = ctx.Reader.ReadInt32();
        host.CheckDecode(pairs == 1, $"The saved {loaderSignature} has {pairs} column pairs; expected one. The file is damaged.");
        string output = ctx.LoadNonEmptyString(), input = ctx.LoadNonEmptyString();
        string? trace = ctx.Reader.ReadBoolean() ? ctx.LoadNonEmptyString() : null;
        host.CheckDecode(trace != output, $"The columns of texts and of traces are both '{output}'. The file is damaged.");
        return new WritingColumns(output, input, trace);
    }
}
