using System.Collections.Concurrent;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>A pipeline from a .zip, with the transformer in it that a command looks for.</summary>
/// <typeparam name="TTransformer">The transformer's type.</typeparam>
internal sealed class LoadedPipeline<TTransformer> : IDisposable where TTransformer : class, ITransformer
{
    private readonly ITransformer _pipeline;
    private readonly DataViewSchema? _inputSchema;

    /// <summary>Creates a pipeline of a transformer alone, or of a .zip.</summary>
    private LoadedPipeline(TTransformer transformer, ITransformer? pipeline = null, DataViewSchema? inputSchema = null) =>
        (Transformer, _pipeline, _inputSchema) = (transformer, pipeline ?? transformer, inputSchema);

    /// <summary>The transformer.</summary>
    public TTransformer Transformer { get; }

    /// <summary>Opens the model of a command.</summary>
    /// <param name="source">The model.</param>
    /// <param name="does">What the model must do, for the error.</param>
    /// <param name="make">Makes the transformer of a directory, or of the embedded model.</param>
    /// <exception cref="ArgumentException">A .zip has no such transformer.</exception>
    public static LoadedPipeline<TTransformer> Open(ModelSource source, string does, Func<TTransformer> make)
    {
        if (source.Zip is not ZipModel zip)
            return new(make());
        if (zip.Transformers.OfType<TTransformer>().FirstOrDefault() is TTransformer found)
            return new(found, zip.Pipeline, zip.InputSchema);
        zip.Dispose();
        throw new ArgumentException(
            $"'{source.Path}' has no model that {does}. It holds {zip.Names}. diffusion-ml inspect says what it can do.");
    }

    /// <summary>Applies the pipeline to rows.</summary>
    /// <param name="rows">The rows, whose first columns are the transformer's.</param>
    /// <param name="columns">The transformer's input columns, for the parts of a row.</param>
    public AppliedRows Apply(InputRows rows, params IReadOnlyList<string> columns)
    {
        string[] names = [.. columns.Take(rows.Parts).Select(ColumnOf), .. rows.Table.Columns.Skip(rows.Parts)];
        // A column of the file may have the name of the transformer's; a later one would hide it.
        var kept = Enumerable.Range(0, names.Length).Where(i => Array.IndexOf(names, names[i]) == i).ToArray();
        var missing = (_inputSchema ?? Enumerable.Empty<DataViewSchema.Column>())
            .Where(column => !column.IsHidden && !names.Contains(column.Name));
        var inFlight = new ConcurrentQueue<string[]>();
        TableColumn[] all = [.. kept.Select((i, field) => TableColumn.Text(names[i], field)), .. missing.Select(TableColumn.Default)];
        return new AppliedRows(_pipeline.Transform(new TableView(all, Rows)), inFlight);

        IEnumerable<string[]> Rows()
        {
            foreach (string[] row in rows.Table.Rows)
            {
                inFlight.Enqueue(row);
                yield return [.. kept.Select(i => row[i])];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (_pipeline as IDisposable)?.Dispose();

    /// <summary>The column of the pipeline's input that becomes a column of the transformer.</summary>
    private string ColumnOf(string column)
    {
        if (_inputSchema is null || _inputSchema.GetColumnOrNull(column) is not null)
            return column;
        string[] texts = [.. _inputSchema.Where(input => input.Type is TextDataViewType).Select(input => input.Name)];
        return texts is [string only] ? only : throw new ArgumentException(
            $"The pipeline makes its column '{column}' from others ({TextForms.QuoteAll(texts)}). Give a file " +
            "with these columns as --input.");
    }
}
