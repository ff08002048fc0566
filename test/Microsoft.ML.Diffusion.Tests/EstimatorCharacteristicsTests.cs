using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The table in the XML documentation of each estimator, against the estimator.</summary>
/// <remarks>
/// The cells of types are lists as "Name: Type (remark); Name: Type, or Type". "vector of Type" is one of known size or of variable size.
/// </remarks>
[TestClass]
public sealed partial class EstimatorCharacteristicsTests
{
    private static readonly MLContext s_context = new(seed: 1);

    /// <summary>Each estimator in every form whose columns have other types; the columns have the names that the tables give.</summary>
    private static readonly Dictionary<Type, Func<IEstimator<ITransformer>>[]> s_estimators = new()
    {
        [typeof(DiffusionGenerateEstimator)] =
            [.. Samples(samples => s_context.Transforms.Text.DiffusionGenerate("Output", "Input",
                new() { Model = TinyModel.Model, MaxNewTokens = 4, Samples = samples, TraceColumnName = "Trace" }))],
        [typeof(InfillEstimator)] =
            [.. Samples(samples => s_context.Transforms.Text.Infill("Output", "Input",
                new() { Model = TinyModel.Model, Samples = samples, TraceColumnName = "Trace" }))],
        [typeof(FillMaskEstimator)] =
            [() => s_context.Transforms.Text.FillMask("Output", "Input", new() { Model = TinyModel.Model, FilledColumnName = "Filled" })],
        [typeof(MaskedDiffusionEstimator)] =
            [.. Samples(samples => s_context.Transforms.Text.MaskedDiffusion(
                "Output", "Prompt", "Text",
                new() { Model = TinyModel.Model, Generation = { MaxNewTokens = 4, Samples = samples, TraceColumnName = "Trace" } }))],
        [typeof(BertTextClassificationEstimator)] =
            [() => s_context.MulticlassClassification.Trainers.BertTextClassification(
                new() { Model = TinyModel.Model, Sentence2ColumnName = "Sentence2" })],
        [typeof(BertMultiLabelClassificationEstimator)] =
            [() => s_context.MulticlassClassification.Trainers.BertMultiLabelClassification(
                new() { Model = TinyModel.Model, Sentence2ColumnName = "Sentence2" })],
        [typeof(BertSentenceSimilarityEstimator)] =
            [() => s_context.Regression.Trainers.BertSentenceSimilarity(new() { Model = TinyModel.Model })],
        [typeof(BertQuestionAnsweringEstimator)] =
            [() => s_context.MulticlassClassification.Trainers.BertQuestionAnswering(QuestionRow.Options())],
        [typeof(BertNamedEntityRecognitionEstimator)] =
            [() => s_context.MulticlassClassification.Trainers.BertNamedEntityRecognition(
                new() { Model = TinyModel.Model, LabelStartColumnName = "LabelStart", LabelLengthColumnName = "LabelLength" })],
        [typeof(TextClassificationScoringEstimator)] =
            [() => s_context.Transforms.Text.ApplyTextClassification(
                new() { Model = EncoderModel.FromDirectory(ReadyModels.Sentiment), Sentence2ColumnName = "Sentence2" })],
        [typeof(MultiLabelClassificationScoringEstimator)] =
            [() => s_context.Transforms.Text.ApplyMultiLabelClassification(
                new() { Model = EncoderModel.FromDirectory(ReadyModels.Topics), Sentence2ColumnName = "Sentence2" })],
        [typeof(SentenceSimilarityScoringEstimator)] =
            [() => s_context.Transforms.Text.ApplySentenceSimilarity(EncoderModel.FromDirectory(ReadyModels.Similarity))],
        [typeof(QuestionAnsweringScoringEstimator)] =
            [() => s_context.Transforms.Text.ApplyQuestionAnswering(EncoderModel.FromDirectory(ReadyModels.Question))],
        [typeof(NamedEntityRecognitionScoringEstimator)] =
            [() => s_context.Transforms.Text.ApplyNamedEntityRecognition(EncoderModel.FromDirectory(ReadyModels.Entity))],
    };

    private static IEnumerable<object[]> Estimators => typeof(DiffusionGenerateEstimator).Assembly.GetExportedTypes()
        .Where(type => !type.IsAbstract && type.Name.EndsWith("Estimator", StringComparison.Ordinal)).Select(type => new object[] { type });

    [TestMethod]
    [DynamicData(nameof(Estimators))]
    public void The_table_says_what_the_estimator_does(Type type)
    {
        Dictionary<string, string> table = Table(type);
        bool trains = Bases(type).Any(parent => parent.Name == typeof(TrainingEstimator<,>).Name);
        Assert.AreEqual(trains ? "Yes" : "No", table["Does this estimator need to look at the data to train its parameters?"]);
        Assert.AreEqual(PackageId(), table["Required NuGet in addition to Microsoft.ML"]);
        Type transformer = type.GetMethod("Fit")!.ReturnType;
        // A ready model's labels are keys, whose number varies from row to row.
        bool converts = typeof(BertSequenceTransformer).IsAssignableFrom(transformer) &&
            type != typeof(MultiLabelClassificationScoringEstimator);
        Assert.AreEqual(converts ? "Yes" : "No", table["Exportable to ONNX"].Split(',')[0]);

        (string Name, string[] Types)[] inputs = Cell(table["Input column data type"]), outputs = Cell(table["Output column data type"]);
        string[] names = [.. inputs.Select(input => input.Name)];
        List<SchemaShape.Column[]> accepted = [[]];
        foreach ((string name, string[] types) in inputs)
            accepted = [.. from columns in accepted from given in
                types.SelectMany(text => Columns(name, text)) select (SchemaShape.Column[])[.. columns, given]];

        HashSet<string> written = [];
        foreach (IEstimator<ITransformer> estimator in s_estimators[type].Select(make => make()))
        {
            foreach (SchemaShape.Column[] columns in accepted)
            {
                foreach (SchemaShape.Column output in estimator.GetOutputSchema(new SchemaShape(columns))
                    .Where(column => !names.Contains(column.Name)))
                    written.Add($"{output.Name}: {Describe(output)}");
            }
            for (int i = 0; i < names.Length; i++)
            {
                SchemaShape.Column[] wrong = [.. accepted[0]];
                wrong[i] = Column(names[i], SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Double, isKey: false);
                Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(new SchemaShape(wrong)), names[i]);
            }
        }
        CollectionAssert.AreEquivalent(outputs.SelectMany(output => output.Types.Select(text => $"{output.Name}: {text}")).ToArray(),
            written.ToArray());
    }

    private static IEnumerable<Func<IEstimator<ITransformer>>> Samples(Func<int, IEstimator<ITransformer>> make) =>
        [() => make(1), () => make(2)];

    private static IEnumerable<Type> Bases(Type type)
    {
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType)
            yield return parent;
    }

    /// <summary>The rows of the table, without links.</summary>
    private static Dictionary<string, string> Table(Type type)
    {
        XElement member = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member")
            .Single(member => (string?)member.Attribute("name") == "T:" + type.FullName);
        return member.Value.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => Link().Replace(line, "$1").Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => cells is ["", not "" and not "--", _, ""])
            .ToDictionary(cells => cells[1], cells => cells[2]);
    }

    private static (string Name, string[] Types)[] Cell(string cell) =>
        [.. Remark().Replace(cell, "").Split("; ").Select(part => part.Split(": ")).Select(part => (part[0], part[1].Split(", or ")))];

    private static string Describe(SchemaShape.Column column) => column.Kind switch
    {
        SchemaShape.Column.VectorKind.Vector => "known-sized vector of ",
        SchemaShape.Column.VectorKind.VariableVector => "variable-sized vector of ",
        _ => "",
    } + (column.IsKey ? "Key" : column.ItemType is TextDataViewType ? "Text" : column.ItemType.ToString());

    /// <summary>The columns that a type in a table stands for.</summary>
    private static IEnumerable<SchemaShape.Column> Columns(string name, string type)
    {
        string item = type.Split(' ')[^1];
        DataViewType itemType = item switch
        {
            "Text" => TextDataViewType.Instance,
            "Boolean" => BooleanDataViewType.Instance,
            "Single" => NumberDataViewType.Single,
            "Int32" => NumberDataViewType.Int32,
            "Key" => NumberDataViewType.UInt32,
            _ => throw new ArgumentException($"The table has the type '{type}'."),
        };
        SchemaShape.Column.VectorKind[] kinds = type[..^item.Length] switch
        {
            "" => [SchemaShape.Column.VectorKind.Scalar],
            "vector of " => [SchemaShape.Column.VectorKind.Vector, SchemaShape.Column.VectorKind.VariableVector],
            "known-sized vector of " => [SchemaShape.Column.VectorKind.Vector],
            "variable-sized vector of " => [SchemaShape.Column.VectorKind.VariableVector],
            _ => throw new ArgumentException($"The table has the type '{type}'."),
        };
        return kinds.Select(kind => Column(name, kind, itemType, item == "Key"));
    }

    /// <summary>A column, whose constructor ML.NET keeps to itself.</summary>
    private static SchemaShape.Column Column(string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey) =>
        (SchemaShape.Column)Activator.CreateInstance(
            typeof(SchemaShape.Column), BindingFlags.Instance | BindingFlags.NonPublic, null, [name, kind, itemType, isKey, null], null)!;

    /// <summary>The id of the package with the estimators, as its project gives it.</summary>
    private static string PackageId()
    {
        string root = SharedData.RepositoryRoot;
        string id = XDocument.Load(Path.Combine(root, "src", "Microsoft.ML.Diffusion", "Microsoft.ML.Diffusion.csproj"))
            .Descendants("PackageId").Single().Value;
        return id.Replace("$(PackageIdPrefix)", XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("PackageIdPrefix")
            .Single().Value, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@" \([^)]*\)")]
    private static partial Regex Remark();
}
