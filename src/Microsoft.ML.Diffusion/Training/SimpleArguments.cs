using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>Sets the parameters of the trainers' simple catalog methods, which are those of Microsoft.ML.TorchSharp.</summary>
internal static class SimpleArguments
{
    /// <summary>Sets the options for the parameters.</summary>
    public static TOptions With<TOptions>(this TOptions options, int batchSize, int? maxEpochs, BertArchitecture architecture,
        IDataView? validationSet)
        where TOptions : TrainerOptions
    {
        Contracts.CheckParam(Enum.IsDefined(architecture), nameof(architecture),
            $"It is {architecture}; expected {nameof(BertArchitecture.Roberta)}. Leave it out: the config.json of the model chooses " +
            "the architecture.");
        (options.BatchSize, options.Epochs, options.ValidationSet) = (batchSize, maxEpochs, validationSet);
        return options;
    }
}
