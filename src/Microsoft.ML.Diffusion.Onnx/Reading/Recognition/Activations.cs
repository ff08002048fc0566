using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>The activations that the engine has, by the names of functions here and in config.json.</summary>
internal static class Activations
{
    public static Activation? Find(string function) => function switch
    {
        "Gelu" => Activation.Gelu,
        "GeluTanh" => Activation.GeluTanh,
        "Relu" => Activation.Relu,
        "Tanh" => Activation.Tanh,
        "Silu" => Activation.Silu,
        _ => null,
    };

    public static string Name(Activation activation) => activation switch
    {
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        Activation.Relu => "relu",
        Activation.Tanh => "tanh",
        _ => "silu",
    };
}
