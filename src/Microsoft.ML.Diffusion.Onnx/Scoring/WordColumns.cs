using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The column of words or texts, and how they become inputs of a model.</summary>
/// <param name="Model">The model; its configuration has the labels.</param>
/// <param name="Sentence">The column.</param>
/// <param name="Splitting">How a text is split into words.</param>
/// <param name="IsConstrained">Whether labels are the most probable valid sequence.</param>
/// <param name="MaxLength">The most tokens of an input; null for the model's maximum.</param>
internal sealed record WordColumns(TextModel Model, string Sentence, WordSplitting Splitting, bool IsConstrained, int? MaxLength)
{
    private const int None = -1;

    /// <summary>The column.</summary>
    public InputColumn Input => new(Sentence, "sentence", InputKind.Words);

    /// <summary>Makes a decoder.</summary>
    public WordLabelDecoder MakeDecoder() => new(
        Model.Tokenizer, Model.Configuration, new LabelSet(Model.Task(Encoders.TaskKind.TokenClassification).Labels),
        new TokenClassifierOptions
        {
            ConstrainedDecoding = IsConstrained,
            Windows = new LabelWindowOptions { MaxLength = MaxLength, StrideOverlap = 0 },
        });

    /// <summary>Reads the words of the current row.</summary>
    public Func<WordSequence> MakeGetter(DataViewRow input, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getWords = input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> words = default;
            return () =>
            {
                getWords(ref words);
                return WordSequence.FromWords(Model.Tokenizer, [.. words.DenseValues().Select(word => word.ToString())]);
            };
        }
        ValueGetter<ReadOnlyMemory<char>> getText = input.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getText(ref text);
            return WordSequence.FromText(Model.Tokenizer, text.ToString(), Splitting);
        };
    }

    /// <summary>Writes the model, a string id for the column, two bytes, and an int: MaxLength, −1 for null.</summary>
    public void Save(ModelSaveContext ctx)
    {
        Model.Save(ctx);
        ctx.SaveNonEmptyString(Sentence);
        ctx.Writer.Write((byte)Splitting);
        ctx.Writer.Write(IsConstrained);
        ctx.Writer.Write(MaxLength ?? None);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static WordColumns Load(ModelLoadContext ctx)
    {
        var model = TextModel.Load(ctx);
        string sentence = ctx.LoadNonEmptyString();
        var splitting = (WordSplitting)ctx.Reader.ReadByte();
        if (!Enum.IsDefined(splitting))
            throw new InvalidDataException($"It has the unknown word splitting {splitting}.");
        bool isConstrained = ctx.Reader.ReadBoolean();
        int length = ctx.Reader.ReadInt32();
        var columns = new WordColumns(model, sentence, splitting, isConstrained, length == None ? null : length);
        _ = columns.MakeDecoder(); // fails if the options do not fit the model
        return columns;
    }
}
