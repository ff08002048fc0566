using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Makes a small model of every component, over both kinds of tokenizer and all families, and says what a model gives.</summary>
internal static class SavedModels
{
    /// <summary>What is made, by the name of its file.</summary>
    public static IReadOnlyDictionary<string, Func<MLContext, IEstimator<ITransformer>>> Pipelines { get; } =
        new Dictionary<string, Func<MLContext, IEstimator<ITransformer>>>
    {
        ["generate"] = context => context.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options
        {
            Model = Roberta(), MaxNewTokens = 6, Steps = 4, TopP = 1, TopK = 40, RepetitionPenalty = 1.1, BannedTokens = [70, 71],
                Samples = 2, TraceColumnName = "Trace", Seed = 11,
        }),
        ["generate-quantized"] = context =>
            context.Transforms.Text.DiffusionGenerate("Story", "Prompt", new DiffusionGenerateEstimator.Options
        {
            Model = Bert().Quantized(), MaxNewTokens = 6, Steps = 3, Schedule = MaskSchedule.Linear, Seed = 12,
        }),
        ["infill"] = context => context.Transforms.Text.Infill("Filled", "Template", new InfillEstimator.Options
        {
            Model = Roberta(), Steps = 3, MaxCandidates = 3, RequiredWords = ["dog"], TemplateError = TemplateError.LeaveAsIs, Seed = 13,
        }),
        ["fill-mask"] = context => context.Transforms.Text.FillMask("Candidates", "Masked", new FillMaskEstimator.Options
        {
            Model = Bert(), TopK = 3, Targets = ["cat", "the", "sat", "##s"], MaxLength = 20, FilledColumnName = "Filled",
        }),
        ["taught"] = context => context.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", new MaskedDiffusionEstimator.Options
        {
            Model = Roberta(), Generation = { MaxNewTokens = 6, Steps = 3 }, Epochs = 2, ValidationFraction = 0, Seed = 14,
        }),
        ["classification"] = context => context.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(context.MulticlassClassification.Trainers.BertTextClassification(
                options: new BertTextClassificationEstimator.Options { Model = Bert(), Epochs = 2, Seed = 15 }))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedCategory", "PredictedLabel")),
        ["classification-quantized"] = context => context.Transforms.Conversion.MapValueToKey("Label", "Number")
            .Append(context.MulticlassClassification.Trainers.BertTextClassification(
                new BertTextClassificationEstimator.Options
                {
                    Sentence2ColumnName = "Sentence2", Model = Roberta().Quantized(), Epochs = 2, Seed = 16
                })),
        ["labels"] = context => context.Transforms.Conversion.MapValueToKey("Label", "Tags")
            .Append(context.MulticlassClassification.Trainers.BertMultiLabelClassification(
                options: new BertMultiLabelClassificationEstimator.Options { Model = Roberta(), Epochs = 2, Threshold = 0.4, Seed = 17 })),
        ["flags"] = context =>
            context.MulticlassClassification.Trainers.BertMultiLabelClassification(
                options: new BertMultiLabelClassificationEstimator.Options
                    {
                        LabelColumnName = "Flags", Model = Bert(), Epochs = 2, Seed = 18
                    }),
        ["similarity"] = context =>
            context.Regression.Trainers.BertSentenceSimilarity(
                options: new BertSentenceSimilarityEstimator.Options
                    {
                        LabelColumnName = "Value", Model = ModernBert(), Epochs = 2, Seed = 19
                    }),
        ["questions"] = context =>
            context.MulticlassClassification.Trainers.BertQuestionAnswering(options: new BertQuestionAnsweringEstimator.Options
        {
            Model = Bert(), Epochs = 2, MaxQuestionTokens = 6, StrideOverlap = 4, MaxAnswerTokens = 3, NBest = 5,
                AllowNoAnswer = true, Seed = 20,
        }),
        ["entities"] = context => context.MulticlassClassification.Trainers.BertNamedEntityRecognition(
            new BertNamedEntityRecognitionEstimator.Options
            {
                LabelColumnName = "Entities", Sentence1ColumnName = "Words", Model = Bert(), Epochs = 2, Seed = 21
            }),
    };

    /// <summary>Trains and saves one of them; gives the outputs.</summary>
    public static SortedDictionary<string, string[]> Make(MLContext context, string name, string path)
    {
        IDataView rows = context.Data.LoadFromEnumerable(SavedModelRow.Rows);
        ITransformer model = Pipelines[name](context).Fit(rows);
        context.Model.Save(model, rows.Schema, path);
        SortedDictionary<string, string[]> outputs = Outputs(context, model);
        (model as IDisposable)?.Dispose();
        return outputs;
    }

    /// <summary>What a model adds to the rows: of each column, its type with the names of its labels, then the values; numbers as text
    /// that reads back to the same bits.</summary>
    public static SortedDictionary<string, string[]> Outputs(MLContext context, ITransformer model) =>
        Outputs(context.Data.LoadFromEnumerable(SavedModelRow.Rows), model);

    /// <inheritdoc cref="Outputs(MLContext, ITransformer)"/>
    public static SortedDictionary<string, string[]> Outputs(IDataView rows, ITransformer model)
    {
        IDataView output = model.Transform(rows);
        var columns = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        foreach (DataViewSchema.Column column in
            output.Schema.Where(column => !column.IsHidden && rows.Schema.GetColumnOrNull(column.Name) is null))
        {
            var values = new List<string> { Describe(column) };
            using DataViewRowCursor cursor = output.GetRowCursor([column]);
            Func<string> get = MakeGetter(cursor, column);
            while (cursor.MoveNext())
                values.Add(get());
            columns.Add(column.Name, [.. values]);
        }
        return columns;
    }

    private static string Describe(DataViewSchema.Column column) => string.Join("; ", column.Annotations.Schema
        .Where(annotation => annotation.Name is "KeyValues" or "SlotNames" && annotation.Type is VectorDataViewType)
        .Select(annotation => $"{annotation.Name}: {MakeGetter(column.Annotations, annotation)()}").Prepend(column.Type.ToString()!));

    private static Func<string> MakeGetter(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation) =>
        ItemType(annotation.Type) switch
    {
        TextDataViewType => Vector<ReadOnlyMemory<char>>(annotations.GetGetter<VBuffer<ReadOnlyMemory<char>>>(annotation)),
        _ => Vector<int>(annotations.GetGetter<VBuffer<int>>(annotation)),
    };

    private static Func<string> MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        Type item = ItemType(column.Type).RawType;
        return item == typeof(ReadOnlyMemory<char>) ? Get<ReadOnlyMemory<char>>() : item == typeof(float) ? Get<float>()
            : item == typeof(int) ? Get<int>()
            : item == typeof(uint) ? Get<uint>() : item == typeof(bool) ? Get<bool>() : throw new NotSupportedException(item.Name);

        Func<string> Get<T>()
        {
            if (column.Type is VectorDataViewType)
                return Vector(row.GetGetter<VBuffer<T>>(column));
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                getter(ref value);
                return Write(value);
            };
        }
    }

    private static DataViewType ItemType(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    private static Func<string> Vector<T>(ValueGetter<VBuffer<T>> getter)
    {
        VBuffer<T> values = default;
        return () =>
        {
            getter(ref values);
            return string.Join(" | ", values.DenseValues().Select(Write));
        };
    }

    private static string Write<T>(T value) => value is float number ? number.ToString("R", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{value}");

    private static EncoderModel Roberta()
    {
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 270);
        return Model(EncoderFamily.Roberta, tokenizer, new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, Layers = 1, MaxLength = 32, PadToken = tokenizer.PadToken,
                InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { PositionOffset = tokenizer.PadToken + 1, TokenTypes = 1 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 32 },
        });
    }

    private static EncoderModel Bert()
    {
        string[] letters = [.. Enumerable.Range('a', 26).Select(letter => ((char)letter).ToString())];
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", .. letters,
            .. letters.Select(letter => "##" + letter), "the", "cat", "dog", "mat", "sat", "on"];
        byte[] lines = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', vocabulary) + "\n");
        Tokenizer tokenizer = Tokenizer.FromFiles(new TokenizerFiles([new("vocab.txt", lines)]));
        return Model(EncoderFamily.Bert, tokenizer, new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, Layers = 2, MaxLength = 32, InitializerRange = 0.4,
            Embeddings = new EmbeddingConfiguration { TokenTypes = 2 },
            Attention = new AttentionConfiguration { Heads = 2 },
            FeedForward = new FeedForwardConfiguration { Width = 32 },
        }, ElementType.Float16);
    }

    private static EncoderModel ModernBert()
    {
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 270);
        return Model(EncoderFamily.ModernBert, tokenizer, new EncoderConfiguration
        {
            VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, Layers = 2, MaxLength = 32, InitializerRange = 0.4,
                PadToken = tokenizer.PadToken,
            Attention = new AttentionConfiguration
            {
                Heads = 2, HasBias = false, GlobalLayers = LayerPattern.Every(2), LocalWindow = 4, GlobalTheta = 160000, LocalTheta = 10000
            },
            FeedForward = new FeedForwardConfiguration { Width = 24, HasBias = false },
            Norm = new NormConfiguration { Epsilon = 1e-5, HasBias = false },
            Head = new HeadConfiguration { HasBias = false },
        });
    }

    private static EncoderModel Model(EncoderFamily family, Tokenizer tokenizer, EncoderConfiguration configuration,
        ElementType type = ElementType.Float32)
    {
        string directory = Directory.CreateTempSubdirectory("saved-models").FullName;
        try
        {
            using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(family, configuration, CpuEngine.Shared, seed: 5))
                EncoderCheckpoint.Save(model, directory, type);
            tokenizer.Save(directory);
            Dictionary<string, ReadOnlyMemory<byte>> files = Directory.GetFiles(directory)
                .ToDictionary(file => Path.GetFileName(file), file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file));
            return EncoderModel.FromFiles(ModelFiles.FromMemory(files, family.ModelType));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
