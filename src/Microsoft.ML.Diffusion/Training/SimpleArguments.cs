using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>The parameters that all trainers' simple catalog methods have, as Microsoft.ML.TorchSharp's do.</summary>
internal static class SimpleArguments
{
    /// <summary>Sets what they say.</summary>
    public static TOptions With<TOptions>(this TOptions options, int batchSize, int maxEpochs, BertArchitecture architecture, IDataView? validationSet)
        where TOptions : TrainerOptions
    {
        Contracts.CheckParam(Enum.IsDefined(architecture), nameof(architecture), $"It is {architecture}; expected {nameof(BertArchitecture.Roberta)}. What the model is, its directory says.");
        (options.BatchSize, options.Epochs, options.ValidationSet) = (batchSize, maxEpochs, validationSet);
        return options;
    }
}
