using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Loads a model as any user would, and writes what it makes of texts.</summary>
internal static class Loader
{
    /// <summary>
    /// Writes the type of the model and the schema of its input, then a line for each text: newlines as \n, the items of a vector separated
    /// by tabs.
    /// </summary>
    /// <param name="mlContext">The context that loads.</param>
    /// <param name="arguments">The model's path, the input column, the output column, then the texts.</param>
    public static void Run(MLContext mlContext, string[] arguments)
    {
        ITransformer model = mlContext.Model.Load(arguments[0], out DataViewSchema inputSchema);
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.Text)].ColumnName = arguments[1];
        IDataView data = mlContext.Data.LoadFromEnumerable(arguments[3..].Select(text => new Row { Text = text }), definition);

        Console.WriteLine(string.Join(", ", (model as IEnumerable<ITransformer> ?? [model]).Select(part => part.GetType().FullName)));
        Console.WriteLine(string.Join(", ", inputSchema.Select(column => $"{column.Name}: {column.Type}")));
        IDataView output = model.Transform(data);
        IEnumerable<string> texts = output.Schema[arguments[2]].Type switch
        {
            VectorDataViewType { ItemType: TextDataViewType } =>
                output.GetColumn<VBuffer<ReadOnlyMemory<char>>>(arguments[2]).Select(items => string.Join('\t', items.DenseValues())),
            VectorDataViewType => output.GetColumn<VBuffer<float>>(arguments[2])
                .Select(items => string.Join('\t', items.DenseValues().Select(item => item.ToString("R", CultureInfo.InvariantCulture)))),
            _ => output.GetColumn<string>(arguments[2]),
        };
        foreach (string text in texts)
            Console.WriteLine(text.Replace("\n", "\\n", StringComparison.Ordinal));
    }

    private sealed class Row
    {
        public string? Text { get; set; }
    }
}
