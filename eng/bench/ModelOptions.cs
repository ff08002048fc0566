using System.CommandLine;

namespace Microsoft.ML.Diffusion.Bench;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>The options that the commands on whole models share.</summary>
internal sealed class ModelOptions
{
    /// <summary>Adds the options to a command, with these defaults; an option whose default is null is left out.</summary>
    public ModelOptions(string size, int? batch, int? length, int? vocabulary, Command command, bool hasThreads = true)
    {
        Size = new("--size", "--shape")
        {
            Description = $"The model's size: {string.Join(", ", EncoderSize.Names)}.", DefaultValueFactory = _ => size
        };
        Size.AcceptOnlyFromAmong(EncoderSize.Names);
        Batch = Positive("--batch", "Sequences in a batch.", batch ?? 1);
        Length = Positive("--seq", "Tokens in a sequence.", length ?? 1);
        Vocabulary = Positive("--vocabulary", "Token ids.", vocabulary ?? 16, minimum: 16);
        Runs = Positive("--runs", "Measured runs, after a warm-up.", 9);
        Threads = Positive("--threads", "Threads; 0 for one per processor.", 0, minimum: 0);
        command.Options.Add(Size);
        if (batch is not null)
            command.Options.Add(Batch);
        if (length is not null)
            command.Options.Add(Length);
        if (vocabulary is not null)
            command.Options.Add(Vocabulary);
        command.Options.Add(Runs);
        if (hasThreads)
            command.Options.Add(Threads);
    }

    public Option<string> Size { get; }

    public Option<int> Batch { get; }

    public Option<int> Length { get; }

    public Option<int> Vocabulary { get; }

    public Option<int> Runs { get; }

    public Option<int> Threads { get; }

    /// <summary>Adds <c>--lengths</c>, which is given in place of <c>--batch</c> and <c>--seq</c>.</summary>
    public Option<LengthsFile?> AddLengths(Command command)
    {
        var lengths = new Option<LengthsFile?>("--lengths") { Description =
            "A file with the tokens of each sequence, a JSON array, in place of --batch and --seq.", CustomParser = LengthsFile.Parse };
        command.Options.Add(lengths);
        command.Validators.Add(result =>
        {
            if (result.GetResult(lengths) is not null &&
                (result.GetResult(Batch) is { Implicit: false } || result.GetResult(Length) is { Implicit: false }))
                result.AddError("--lengths says how many sequences there are and how long each is; leave out --batch and --seq.");
        });
        return lengths;
    }

    public static Option<int> Positive(string name, string description, int value, int minimum = 1)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < minimum)
                result.AddError($"{name} must be {minimum} or more.");
        });
        return option;
    }
}
