using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The labels of words, and the entities that they describe, from a model's logits. A word that was not read has the key 0 and the
/// score NaN.</summary>
/// <param name="words">The words.</param>
/// <param name="logits">The column of logits, [tokens × labels].</param>
/// <param name="names">The columns that are added: labels, their scores, words; entities' types, texts, starts, lengths and scores.
/// </param>
internal sealed class EntityPrediction(WordColumns words, string logits, string[] names) : RowRecipe
{
    private const int NameCount = 8;

    public override RecipeKind Kind => RecipeKind.Entities;

    public override IReadOnlyList<InputColumn> Inputs { get; } = [words.Input, new(logits, "logits", InputKind.Numbers)];

    public override DataViewSchema.DetachedColumn[] Outputs
    {
        get
        {
            var values = LabelValues.FromTexts(words.MakeDecoder().Labels);
            var annotations = new DataViewSchema.Annotations.Builder();
            values.AddTo(annotations, AnnotationUtils.Kinds.KeyValues);
            PrimitiveDataViewType text = TextDataViewType.Instance, real = NumberDataViewType.Single, integer = NumberDataViewType.Int32;
            return
            [
                new(names[0], new VectorDataViewType(new KeyDataViewType(typeof(uint), values.Texts.Count)), annotations.ToAnnotations()),
                .. names.Skip(1).Zip((PrimitiveDataViewType[])[real, text, text, text, integer, integer, real],
                    (name, type) => new DataViewSchema.DetachedColumn(name, new VectorDataViewType(type))),
            ];
        }
    }

    public override RowComputation Start(DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Action<string> warn) =>
        new Computation(words.MakeDecoder(), words.MakeGetter(input, columns[0]), NumbersGetter.Of(input, columns[1]));

    public override void Save(ModelSaveContext ctx)
    {
        // the words; string ids: logits, the names
        words.Save(ctx);
        ctx.SaveNonEmptyString(logits);
        foreach (string name in names)
            ctx.SaveNonEmptyString(name);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static EntityPrediction Load(ModelLoadContext ctx) => new(
        WordColumns.Load(ctx), ctx.LoadNonEmptyString(), [.. Enumerable.Range(0, NameCount).Select(_ => ctx.LoadNonEmptyString())]);

    private sealed class Computation(WordLabelDecoder decoder, Func<WordSequence> getWords, Func<float[]> getLogits) : RowComputation
    {
        private readonly TagScheme _scheme = TagScheme.Of(decoder.Labels);
        private WordSequence? _words;
        private WordLabels _labels = new([], []);
        private Entity[] _entities = [];

        private int[] Places => [.. Enumerable.Range(0, _words!.Words.Count)];

        public override void Compute()
        {
            _words = getWords();
            _labels = decoder.Decode(_words, getLogits());
            int read = _labels.Labels.Length;
            _entities = EntityFinder.Find(_words.Text, [.. _words.Words.Take(read)],
                Array.ConvertAll(_labels.Labels, label => decoder.Labels[label]), _labels.LogProbabilities, _scheme);
        }

        public override Delegate MakeGetter(int column, Action current) => column switch
        {
            0 => VectorGetter.Of(current, () => Places, word => word < _labels.Labels.Length ? (uint)_labels.Labels[word] + 1 : 0),
            1 => VectorGetter.Of(
                current, () => Places, word => word < _labels.Labels.Length ? (float)Math.Exp(_labels.LogProbabilities[word]) : float.NaN),
            2 => VectorGetter.Of(
                current, () => _words!.Words, word => _words!.Text.AsMemory(word.Start, word.End - word.Start)),
            3 => VectorGetter.Of(current, () => _entities, entity => entity.Type.AsMemory()),
            4 => VectorGetter.Of(current, () => _entities, entity => entity.Text.AsMemory()),
            5 => VectorGetter.Of(current, () => _entities, entity => entity.Start),
            6 => VectorGetter.Of(current, () => _entities, entity => entity.Text.Length),
            _ => VectorGetter.Of(current, () => _entities, entity => (float)entity.Score),
        };
    }
}
