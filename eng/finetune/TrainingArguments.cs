using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>The options of all fine-tuning commands. An option that is not given has the trainer's default or the command's.</summary>
internal sealed class TrainingArguments
{
    private readonly Option<DirectoryInfo?> _model =
        new("--model") { Description = "A Hugging Face directory; without it, the embedded model." };
    private readonly Option<bool> _int8 = new("--int8") { Description = "Scores with the encoder's linear layers in 8-bit integers." };
    private readonly Option<string> _seeds =
        new("--seeds") { Description = "The seeds, one run for each.", DefaultValueFactory = _ => "1,2,3,4,5" };
    private readonly Option<DirectoryInfo> _data = new("--data")
    {
        Description = "The folder with the data sets.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("..", "shared", "data"))
    };
    private readonly Option<double?> _epochs = new("--epochs") { Description = "The number of passes over the examples." };
    private readonly Option<double?> _rate = new("--rate") { Description = "The highest learning rate." };
    private readonly Option<int?> _batchSize =
        new("--batch-size") { Description = "The maximum number of examples in a batch; 0 for as many as its tokens allow." };
    private readonly Option<int?> _batchTokens = new("--batch-tokens") { Description = "The maximum number of tokens in a batch." };
    private readonly Option<double?> _warmUp = new("--warm-up") { Description = "The share of the steps in which the rate rises." };
    private readonly Option<double?> _weightDecay = new("--weight-decay") { Description = "AdamW's weight decay." };
    private readonly Option<double?> _layerDecay =
        new("--layer-decay") { Description = "The factor by which each layer learns more slowly than the one above it." };
    private readonly Option<double?> _averaging = new("--averaging") { Description = "The decay of the running average of the weights." };
    private readonly Option<double?> _dropout = new("--dropout") { Description = "The dropout rate, in place of the model's own." };
    private readonly Option<double?> _validation =
        new("--validation-fraction") { Description = "The share of the training rows that is held out for validation." };
    private readonly Option<int?> _validationInterval =
        new("--validation-interval") { Description = "Steps between validations; without it, one validation per epoch." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Shows the training's progress." };

    /// <summary>Adds the options to a command.</summary>
    public TrainingArguments(Command command)
    {
        foreach (Option option in (Option[])[_model, _int8, _seeds, _data, _epochs, _rate, _batchSize, _batchTokens, _warmUp, _weightDecay,
            _layerDecay, _averaging, _dropout, _validation, _validationInterval, _verbose])
            command.Options.Add(option);
    }

    /// <summary>The seeds.</summary>
    public int[] Seeds(ParseResult result) =>
        [.. result.GetValue(_seeds)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(seed => int.Parse(seed, CultureInfo.InvariantCulture))];

    /// <summary>A file of the data.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    public string File(ParseResult result, string relativePath)
    {
        string path = Path.Combine(result.GetValue(_data)!.FullName, relativePath);
        return System.IO.File.Exists(path) ? path
            : throw new FileNotFoundException($"'{path}' is not there. Name the folder with the data sets with --data.", path);
    }

    /// <summary>Sets the options that were given.</summary>
    public void Apply(ParseResult result, TrainerOptions options)
    {
        if (result.GetValue(_model) is DirectoryInfo directory)
            options.Model = EncoderModel.FromDirectory(directory.FullName);
        if (result.GetValue(_int8))
            options.Model = options.Model.Quantized();
        options.Epochs = result.GetValue(_epochs) ?? options.Epochs;
        options.LearningRate = result.GetValue(_rate) ?? options.LearningRate;
        options.BatchSize = result.GetValue(_batchSize) ?? options.BatchSize;
        options.BatchTokens = result.GetValue(_batchTokens) ?? options.BatchTokens;
        options.WarmUp = result.GetValue(_warmUp) ?? options.WarmUp;
        options.WeightDecay = result.GetValue(_weightDecay) ?? options.WeightDecay;
        options.LayerDecay = result.GetValue(_layerDecay) ?? options.LayerDecay;
        options.EmaDecay = result.GetValue(_averaging) ?? options.EmaDecay;
        options.DropoutRate = result.GetValue(_dropout) ?? options.DropoutRate;
        options.ValidationFraction = result.GetValue(_validation) ?? options.ValidationFraction;
        options.ValidationInterval = result.GetValue(_validationInterval) ?? options.ValidationInterval;
        options.ProgressInterval = TimeSpan.FromSeconds(30);
    }

    /// <summary>Creates a context with a seed, which writes its warnings, and its progress if requested.</summary>
    public MLContext Context(ParseResult result, int seed)
    {
        bool verbose = result.GetValue(_verbose);
        var mlContext = new MLContext(seed);
        mlContext.Log += (_, e) =>
        {
            if (e.Kind >= ChannelMessageKind.Warning || (verbose && e.Kind == ChannelMessageKind.Info))
                Console.WriteLine($"  {e.RawMessage}");
        };
        return mlContext;
    }
}
