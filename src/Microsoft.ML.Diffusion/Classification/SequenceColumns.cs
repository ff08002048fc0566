using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>The names of the columns that a model of texts or pairs of texts reads and writes.</summary>
/// <param name="Sentence1">The texts.</param>
/// <param name="Sentence2">The second texts; null if the inputs are single texts.</param>
/// <param name="Score">The output: probabilities or numbers.</param>
/// <param name="PredictedLabel">The predicted label; null for a model that predicts no label.</param>
internal sealed record SequenceColumns(string Sentence1, string? Sentence2, string Score, string? PredictedLabel)
{
    /// <summary>Fails if a name is empty or two outputs have the same name.</summary>
    public void Check(IExceptionContext env)
    {
        ColumnNames.Check(env, Sentence1, nameof(BertSequenceOptions.Sentence1ColumnName), "the column with the texts");
        ColumnNames.CheckOptional(env, Sentence2, nameof(BertSequenceOptions.Sentence2ColumnName),
            "the column with the second texts", "single texts");
        ColumnNames.Check(env, Score, nameof(BertSequenceOptions.ScoreColumnName), "the output column for the scores");
        env.CheckUserArg(
            Score != PredictedLabel, nameof(BertSequenceOptions.ScoreColumnName),
            $"It is '{Score}', which is also the OutputColumnName; expected a different name for each. Set Options.ScoreColumnName or " +
                "Options.OutputColumnName");
    }

    /// <summary>Fails if the inputs are pairs and the model's tokenizer makes none, so that the estimator fails and not its Fit.</summary>
    /// <exception cref="Text.TokenizerException">It makes none.</exception>
    public void CheckPairs(OpenedModel model)
    {
        if (Sentence2 is not null)
            _ = model.Family.SeparatorsOf(model.Tokenizer);
    }

    /// <summary>The input columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or is not text.</exception>
    public IReadOnlyList<DataViewSchema.Column> FindInputs(IHost host, DataViewSchema schema)
    {
        DataViewSchema.Column first = TextColumns.Find(host, schema, Sentence1, "sentence1");
        return Sentence2 is null ? [first] : [first, TextColumns.Find(host, schema, Sentence2, "sentence2")];
    }

    /// <summary>Fails unless the shape has the input columns.</summary>
    public void CheckInputs(IHost host, SchemaShape inputSchema)
    {
        TextColumns.Check(host, inputSchema, Sentence1, "sentence1");
        if (Sentence2 is not null)
            TextColumns.Check(host, inputSchema, Sentence2, "sentence2");
    }

    /// <summary>Writes a byte (1: Sentence2 is set, 2: PredictedLabel is set) and a string id for each name that is set.</summary>
    public void Save(ModelSaveContext ctx)
    {
        ctx.Writer.Write((byte)((Sentence2 is null ? 0 : 1) | (PredictedLabel is null ? 0 : 2)));
        foreach (string? name in (string?[])[Sentence1, Sentence2, Score, PredictedLabel])
        {
            if (name is not null)
                ctx.SaveNonEmptyString(name);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static SequenceColumns Load(ModelLoadContext ctx)
    {
        int present = ctx.Reader.ReadByte();
        string sentence1 = ctx.LoadNonEmptyString();
        string? sentence2 = (present & 1) != 0 ? ctx.LoadNonEmptyString() : null;
        string score = ctx.LoadNonEmptyString();
        return new SequenceColumns(sentence1, sentence2, score, (present & 2) != 0 ? ctx.LoadNonEmptyString() : null);
    }
}
