using System.Reflection;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Calls as written for Microsoft.ML.TorchSharp, with every parameter, by position and by name, of
/// which the method's name alone is changed. That they compile is most of the test.
/// </summary>
[TestClass]
public sealed class ComingFromTorchSharpTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Text_classification()
    {
        IDataView? validation = null;
        var trainers = _mlContext.MulticlassClassification.Trainers;
        _ = trainers.BertTextClassification("Label", "Score", "PredictedLabel", "Sentence1", "Sentence2", 8, 2,
            BertArchitecture.Roberta, validation);
        _ = trainers.BertTextClassification(
            labelColumnName: "Label", scoreColumnName: "Score", outputColumnName: "PredictedLabel", sentence1ColumnName: "Sentence1",
            sentence2ColumnName: "Sentence2",
            batchSize: 8, maxEpochs: 2, architecture: BertArchitecture.Roberta, validationSet: validation);
        IDataView rows = _mlContext.Data.LoadFromEnumerable(TextRow.Make(6));
        using var model = trainers.BertTextClassification("Key", "Probabilities", "Class", "Sentence1", maxEpochs: 1,
            validationSet: Keys(rows)).Fit(Keys(rows));
        Assert.AreEqual("Probabilities Class Sentence1 ",
            $"{model.ScoreColumnName} {model.OutputColumnName} {model.Sentence1ColumnName} {model.Sentence2ColumnName}");
        Assert.IsNotNull(model.TrainingReport!.Rows[^1].Validation);

        IDataView Keys(IDataView data) => _mlContext.Transforms.Conversion.MapValueToKey("Key", nameof(TextRow.Category))
            .Fit(data).Transform(data);
    }

    [TestMethod]
    public void Sentence_similarity()
    {
        IDataView? validation = null;
        var trainers = _mlContext.Regression.Trainers;
        Assert.IsNotNull(trainers.BertSentenceSimilarity("Label", "Score", "Sentence1", "Sentence2", 8, 2,
            BertArchitecture.Roberta, validation));
        Assert.IsNotNull(trainers.BertSentenceSimilarity(
            labelColumnName: "Label", scoreColumnName: "Score", sentence1ColumnName: "Sentence1", sentence2ColumnName: "Sentence2",
            batchSize: 8, maxEpochs: 2,
            architecture: BertArchitecture.Roberta, validationSet: validation));
    }

    [TestMethod]
    public void Named_entities()
    {
        IDataView? validation = null;
        var trainers = _mlContext.MulticlassClassification.Trainers;
        Assert.IsNotNull(trainers.BertNamedEntityRecognition("Label", "PredictedLabel", "Sentence", 8, 2,
            BertArchitecture.Roberta, validation));
        Assert.IsNotNull(trainers.BertNamedEntityRecognition(
            labelColumnName: "Label", outputColumnName: "PredictedLabel", sentence1ColumnName: "Sentence", batchSize: 8, maxEpochs: 2,
            architecture: BertArchitecture.Roberta, validationSet: validation));
    }

    [TestMethod]
    public void Question_answering()
    {
        IDataView? validation = null;
        var trainers = _mlContext.MulticlassClassification.Trainers;
        Assert.IsNotNull(trainers.BertQuestionAnswering("Context", "Question", "TrainingAnswer", "AnswerIndex", "Answer", "Score", 3, 4, 2,
            BertArchitecture.Roberta, validation));
        Assert.IsNotNull(trainers.BertQuestionAnswering(
            contextColumnName: "Context", questionColumnName: "Question", trainingAnswerColumnName: "TrainingAnswer",
            answerIndexColumnName: "AnswerIndex",
            predictedAnswerColumnName: "Answer", scoreColumnName: "Score", topK: 3, batchSize: 4, maxEpochs: 2,
            architecture: BertArchitecture.Roberta,
            validationSet: validation));
    }

    /// <summary>The simple parameters' defaults are those of the options, so that both overloads mean the same.</summary>
    [TestMethod]
    public void Simple_parameters_default_to_what_the_options_do()
    {
        var names = new Dictionary<string, string> { ["maxEpochs"] = nameof(TrainerOptions.Epochs) };
        int compared = 0;
        foreach (MethodInfo method in new[] { typeof(BertSequenceCatalog), typeof(QuestionAnsweringCatalog),
            typeof(NamedEntityCatalog) }.SelectMany(catalog => catalog.GetMethods()))
        {
            if (!method.ReturnType.Name.EndsWith("Estimator", StringComparison.Ordinal) ||
                !method.GetParameters().Any(parameter => parameter.Name == "maxEpochs"))
                continue;
            object options = Activator.CreateInstance(method.ReturnType.GetNestedType("Options")!)!;
            foreach (ParameterInfo parameter in method.GetParameters().Skip(1).Where(parameter => parameter.Name != "architecture"))
            {
                string name = names.GetValueOrDefault(parameter.Name!, char.ToUpperInvariant(parameter.Name![0]) + parameter.Name[1..]);
                object? expected = options.GetType().GetProperty(name)!.GetValue(options);
                Assert.AreEqual(expected is double number ? (int)number : expected, parameter.DefaultValue,
                    $"{method.Name}, {parameter.Name}");
                compared++;
            }
        }
        Assert.AreEqual(8 + 8 + 7 + 10 + 6, compared);
    }

    [TestMethod]
    public void An_architecture_that_is_none_is_refused() => StringAssert.Contains(
        Assert.Throws<ArgumentException>(
            () => _mlContext.Regression.Trainers.BertSentenceSimilarity(architecture: (BertArchitecture)7)).Message, "expected Roberta");
}
