using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;

var root = new RootCommand(
    "Measures speed on this machine; each result is a line of JSON. Without a command: gemm, encoder, train and generate. Kernels alone: " +
    "./build.sh bench kernels.")
{
    GemmCommand.Create(),
    PrimitivesCommand.Create(),
    ThreadsCommand.Create(),
    EncoderCommand.Create(),
    LengthsCommand.Create(),
    ScalingCommand.Create(),
    TrainCommand.Create(),
    GenerateCommand.Create(),
    AgainstCommand.Create(),
    WritingCommand.Create(),
    FinetuneCommand.Create(),
    ScoreCommand.Create(),
    TokenizeCommand.Create(),
};
root.SetAction(async (_, cancellationToken) =>
{
    foreach (string line in (string[])["gemm --seconds 0.5", "encoder", "train", "generate"])
    {
        int code = await root.Parse(line).InvokeAsync(cancellationToken: cancellationToken);
        if (code != 0)
            return code;
    }
    return 0;
});
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    return 130;
}
catch (Exception exception)
{
    Console.Error.WriteLine(exception is IOException or PeerException ? exception.Message : exception);
    return 1;
}
