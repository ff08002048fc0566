using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

// Loads a model as any user would, and writes what it makes of the texts it is given: the type of the model, then a line a text,
// newlines written as \n, the items of a vector parted by tabs.
// usage: ModelLoader <model.zip> <input column> <output column> <text> ...
var mlContext = new MLContext();
ITransformer model = mlContext.Model.Load(args[0], out DataViewSchema inputSchema);
SchemaDefinition definition = SchemaDefinition.Create(typeof(Row));
definition[nameof(Row.Text)].ColumnName = args[1];
IDataView data = mlContext.Data.LoadFromEnumerable(args[3..].Select(text => new Row { Text = text }), definition);

Console.WriteLine(string.Join(", ", (model as IEnumerable<ITransformer> ?? [model]).Select(part => part.GetType().FullName)));
Console.WriteLine(string.Join(", ", inputSchema.Select(column => $"{column.Name}: {column.Type}")));
IDataView output = model.Transform(data);
IEnumerable<string> texts = output.Schema[args[2]].Type switch
{
    VectorDataViewType { ItemType: TextDataViewType } =>
        output.GetColumn<VBuffer<ReadOnlyMemory<char>>>(args[2]).Select(items => string.Join('\t', items.DenseValues())),
    VectorDataViewType => output.GetColumn<VBuffer<float>>(args[2])
        .Select(items => string.Join('\t', items.DenseValues().Select(item => item.ToString("R", CultureInfo.InvariantCulture)))),
    _ => output.GetColumn<string>(args[2]),
};
foreach (string text in texts)
    Console.WriteLine(text.Replace("\n", "\\n", StringComparison.Ordinal));

internal sealed class Row
{
    public string? Text { get; set; }
}
