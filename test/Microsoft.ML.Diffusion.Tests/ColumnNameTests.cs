using System.Reflection;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>An option that names no column is refused when the estimator is made, with the option's
/// name and the column to set it to.</summary>
[TestClass]
public sealed class ColumnNameTests
{
    private readonly MLContext _mlContext = Contexts.Create(seed: 1);

    [TestMethod]
    public void Options_without_an_output_column_say_which_to_set()
    {
        const string Expected =
            "It is empty; expected the name of a column. Set Options.OutputColumnName to the name of the output column for the texts";
        foreach (Action make in (Action[])
        [
            () => _mlContext.Transforms.Text.DiffusionGenerate(new DiffusionGenerateEstimator.Options()),
            () => _mlContext.Transforms.Text.Infill(new InfillEstimator.Options()),
            () => _mlContext.Transforms.Text.MaskedDiffusion(new MaskedDiffusionEstimator.Options()),
        ])
        {
            string message = Assert.Throws<ArgumentException>(make).Message;
            StringAssert.Contains(message, Expected);
            StringAssert.Contains(message, "'OutputColumnName'");
        }
    }

    [TestMethod]
    public void An_option_that_may_be_null_says_so()
    {
        string message = Assert.Throws<ArgumentException>(
            () => _mlContext.Transforms.Text.Infill(new InfillEstimator.Options
            {
                OutputColumnName = "Text", InputColumnName = " "
            })).Message;
        StringAssert.Contains(
            message, "It is whitespace; expected the name of a column. Set Options.InputColumnName to the name of the column with the " +
                "templates, or to null for the name of the output column");
    }

    /// <summary>Every option whose name ends in ColumnName, set to nothing.</summary>
    [TestMethod]
    public void Every_column_option_of_every_estimator_is_checked()
    {
        Check(_mlContext.Transforms.Text.DiffusionGenerate,
            () => new DiffusionGenerateEstimator.Options { OutputColumnName = "Output", Model = TinyModel.Model, MaxNewTokens = 4 });
        Check(_mlContext.Transforms.Text.Infill,
            () => new InfillEstimator.Options { OutputColumnName = "Output", Model = TinyModel.Model });
        Check(_mlContext.Transforms.Text.FillMask,
            () => new FillMaskEstimator.Options { OutputColumnName = "Output", Model = TinyModel.Model });
        Check(_mlContext.Transforms.Text.MaskedDiffusion,
            () => new MaskedDiffusionEstimator.Options
                {
                    OutputColumnName = "Output", Model = TinyModel.Model, Generation = { MaxNewTokens = 4 }
                });
        Check(_mlContext.MulticlassClassification.Trainers.BertTextClassification,
            () => new BertTextClassificationEstimator.Options { Model = TinyModel.Model });
        Check(_mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification,
            () => new BertMultiLabelClassificationEstimator.Options { Model = TinyModel.Model });
        Check(_mlContext.Regression.Trainers.BertSentenceSimilarity,
            () => new BertSentenceSimilarityEstimator.Options { Model = TinyModel.Model });
        Check(_mlContext.MulticlassClassification.Trainers.BertQuestionAnswering, () => QuestionRow.Options());
        Check(_mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition,
            () => new BertNamedEntityRecognitionEstimator.Options { Model = TinyModel.Model });
        Check(_mlContext.Transforms.Text.ApplyTextClassification,
            () => new TextClassificationScoringEstimator.Options { Model = EncoderModel.FromDirectory(ReadyModels.Sentiment) });
        Check(_mlContext.Transforms.Text.ApplyMultiLabelClassification,
            () => new MultiLabelClassificationScoringEstimator.Options { Model = EncoderModel.FromDirectory(ReadyModels.Topics) });
        Check(_mlContext.Transforms.Text.ApplySentenceSimilarity,
            () => new SentenceSimilarityScoringEstimator.Options { Model = EncoderModel.FromDirectory(ReadyModels.Similarity) });
        Check(_mlContext.Transforms.Text.ApplyQuestionAnswering,
            () => new QuestionAnsweringScoringEstimator.Options { Model = EncoderModel.FromDirectory(ReadyModels.Question) });
        Check(_mlContext.Transforms.Text.ApplyNamedEntityRecognition,
            () => new NamedEntityRecognitionScoringEstimator.Options { Model = EncoderModel.FromDirectory(ReadyModels.Entity) });

        static void Check<TOptions, TEstimator>(Func<TOptions, TEstimator> make, Func<TOptions> makeOptions)
        {
            make(makeOptions());
            int count = 0;
            foreach (PropertyInfo property in typeof(TOptions).GetProperties()
                .Where(property => property.Name.EndsWith("ColumnName", StringComparison.Ordinal)))
            {
                TOptions options = makeOptions();
                property.SetValue(options, "");
                string message = Assert.Throws<ArgumentException>(() => make(options), $"{typeof(TOptions)} {property.Name}").Message;
                StringAssert.Contains(message, property.Name, $"{typeof(TOptions)}");
                if (property.Name != nameof(DenoisingOptions.TraceColumnName))
                    StringAssert.Contains(message, $"Set Options.{property.Name} to the name of the ", $"{typeof(TOptions)}");
                bool required = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.NotNull;
                property.SetValue(options, null);
                if (required)
                    StringAssert.Contains(Assert.Throws<ArgumentException>(() => make(options), property.Name).Message,
                        $"It is null; expected the name of a column. Set Options.{property.Name} ");
                count++;
            }
            Assert.IsGreaterThan(1, count);
        }
    }
}
