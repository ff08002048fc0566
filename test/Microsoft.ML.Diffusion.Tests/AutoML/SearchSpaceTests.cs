using System.Reflection;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What sweeps try: AutoML's spaces as they are used, and this project's, of which every place must work.</summary>
[TestClass]
public sealed class SearchSpaceTests
{
    private const int Draws = 10_000;

    [TestMethod]
    public void Places_become_values_as_in_MLNet()
    {
        var space = new SearchSpace<Sample>();
        // In the order of the names: Choice, Log, Number.
        Assert.AreEqual(3, space.FeatureSpaceDim);
        CollectionAssert.AreEqual(new double?[] { 3, null, null }, space.Step.Select(step => (double?)step).ToArray());
        Sample sample = ((SearchSpace.SearchSpace)space).SampleFromFeatureSpace([0.7, 0.5, 0.25]).AsType<Sample>();
        Assert.AreEqual(30, sample.Choice);
        Assert.AreEqual(0.01, sample.Log, 1e-12);
        Assert.AreEqual(1.5, sample.Number, 1e-12);
        Sample otherwise = ((SearchSpace.SearchSpace)space).SampleFromFeatureSpace(space.Default).AsType<Sample>();
        Assert.AreEqual(20, otherwise.Choice);
        Assert.AreEqual(0.1, otherwise.Log, 1e-9);
        Assert.AreEqual(3, otherwise.Number, 1e-9);
        Assert.AreEqual("seven", otherwise.NotSwept);

        space["Choice"] = new ChoiceOption(8);
        Assert.AreEqual(2, space.FeatureSpaceDim);
        Assert.AreEqual(8, ((SearchSpace.SearchSpace)space).SampleFromFeatureSpace([0.5, 0.5]).AsType<Sample>().Choice);
        Assert.IsTrue(space.Remove("Log"));
        Assert.AreEqual(1, space.FeatureSpaceDim);
    }

    [TestMethod]
    [DataRow(typeof(MaskScheduleSpace))]
    [DataRow(typeof(MaskedDiffusionSpace))]
    [DataRow(typeof(TextClassificationSpace))]
    [DataRow(typeof(QuestionAnsweringSpace))]
    [DataRow(typeof(NamedEntitySpace))]
    public void The_defaults_are_those_of_the_options(Type type)
    {
        var space = (SearchSpace.SearchSpace)Activator.CreateInstance(typeof(SearchSpace<>).MakeGenericType(type))!;
        Assert.AreEqual(type.GetProperties().Length, space.Count, "a member without an attribute is not swept");
        foreach (object values in new[] { Activator.CreateInstance(type)!, As(space.SampleFromFeatureSpace(space.Default), type) })
        {
            object options = ToOptions(values), expected = Activator.CreateInstance(options.GetType())!;
            foreach (PropertyInfo property in options.GetType().GetProperties())
                Assert.AreEqual(Convert.ToString(property.GetValue(expected)), Convert.ToString(property.GetValue(options)),
                    $"{type.Name}, {property.Name}");
        }
    }

    [TestMethod]
    public void Every_place_of_the_space_of_writing_works()
    {
        var space = new SearchSpace<MaskScheduleSpace>();
        var random = new Random(1);
        HashSet<string> samplers = [], schedules = [];
        for (int i = 0; i < Draws; i++)
        {
            DiffusionGenerateEstimator.Options options = Draw<MaskScheduleSpace>(space, random).ToOptions(maxNewTokens: 20);
            // What a sampler cannot do with a schedule, or with a number out of range, fails here.
            GenerationSettings settings = options.ToSettings(s_configuration.Value, TinyModel.Model.Tokenizer, seed: 1);
            string[] sampler = settings.Sampler.ToString()!.Split('(', ',');
            if (sampler[0] == "Blocks")
                Assert.IsLessThanOrEqualTo(settings.Steps, 20.0 / int.Parse(sampler[1], System.Globalization.CultureInfo.InvariantCulture),
                    "more blocks than steps");
            samplers.Add(sampler[0]);
            schedules.Add(settings.Schedule.Name.Split('(')[0]);
        }
        CollectionAssert.AreEquivalent(new[] { "TopConfidence", "Ancestral", "Threshold", "Factor", "ReMdmCap", "Blocks" },
            samplers.ToArray());
        Assert.HasCount(3, schedules);
    }

    [TestMethod]
    public void Every_place_of_the_spaces_of_training_works()
    {
        var mlContext = new MLContext(seed: 1);
        Check(new SearchSpace<TextClassificationSpace>(),
            values => values.ToOptions(TinyModel.Model).ToTrainingOptions((IHostEnvironment)mlContext, 1));
        Check(new SearchSpace<QuestionAnsweringSpace>(),
            values => values.ToOptions(TinyModel.Model).ToTrainingOptions((IHostEnvironment)mlContext, 1));
        Check(new SearchSpace<NamedEntitySpace>(),
            values => values.ToOptions(TinyModel.Model).ToTrainingOptions((IHostEnvironment)mlContext, 1));
        Check(new SearchSpace<MaskedDiffusionSpace>(), values =>
        {
            TrainingOptions options = values.ToOptions().ToTrainingOptions((IHostEnvironment)mlContext, 1);
            options.Validate();
            return options;
        });

        static void Check<T>(SearchSpace<T> space, Func<T, TrainingOptions> convert)
            where T : class, new()
        {
            var random = new Random(2);
            for (int i = 0; i < Draws / 4; i++)
            {
                TrainingOptions options = convert(Draw<T>(space, random));
                // The tiny model has one layer, of which neither a quarter nor a half is a whole one.
                Assert.AreEqual(0, options.FrozenLayers);
            }
        }
    }

    [TestMethod]
    public void Rates_are_multiples_of_what_suits_the_model()
    {
        int width = Encoders.EncoderCheckpoint.ReadConfiguration(EncoderModel.Default.Files).HiddenSize;
        Assert.AreEqual(3 * new BertTextClassificationEstimator.Options().UsualRate(width),
            new TextClassificationSpace { RateFactor = 3 }.ToOptions().LearningRate!.Value, 1e-9);
        Assert.AreEqual(0.5 * new BertNamedEntityRecognitionEstimator.Options().UsualRate(width),
            new NamedEntitySpace { RateFactor = 0.5 }.ToOptions().LearningRate!.Value, 1e-9);
    }

    [TestMethod]
    public void Half_of_the_layers_is_half_of_the_models() =>
        Assert.AreEqual(2, new TextClassificationSpace { Frozen = FrozenPart.HalfOfLayers }.ToOptions(EncoderModel.Default).FrozenLayers);

    private static readonly Lazy<Encoders.EncoderConfiguration> s_configuration =
        new(() => Encoders.EncoderCheckpoint.ReadConfiguration(TinyModel.Model.Files));

    private static T Draw<T>(SearchSpace.SearchSpace space, Random random)
        where T : class, new() =>
            space.SampleFromFeatureSpace([.. Enumerable.Range(0, space.FeatureSpaceDim).Select(_ => random.NextDouble())]).AsType<T>();

    private static object As(Parameter values, Type type) =>
        typeof(Parameter).GetMethod("AsType")!.MakeGenericMethod(type).Invoke(values, null)!;

    private static object ToOptions(object values)
    {
        MethodInfo method = values.GetType().GetMethod("ToOptions")!;
        return method.Invoke(values, [.. method.GetParameters().Select(parameter => parameter.DefaultValue)])!;
    }

    private sealed class Sample
    {
        [Microsoft.ML.SearchSpace.Range(1.0, 3.0, 3.0)]
        public double Number { get; set; }

        [Microsoft.ML.SearchSpace.Range(0.001, 0.1, 0.1, true)]
        public double Log { get; set; }

        [Choice(new object[] { 10, 20, 30 }, 20)]
        public int Choice { get; set; }

        public string NotSwept { get; set; } = "seven";
    }
}
