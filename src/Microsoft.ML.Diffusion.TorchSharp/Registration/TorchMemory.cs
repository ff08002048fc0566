using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Recognizes libtorch's exceptions for exhausted memory, which have no type of their own.</summary>
internal static class TorchMemory
{
    /// <summary>The words of libtorch's allocators on CUDA and MPS, of cuBLAS and cuDNN, and of its CPU's on Linux and Windows.</summary>
    private static readonly string[] s_words =
        ["out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "can't allocate memory", "not enough memory"];

    /// <summary>Whether an exception says that a device's memory is exhausted.</summary>
    public static bool IsExhausted(Exception exception) => exception is InsufficientMemoryException ||
        (exception is ExternalException && s_words.Any(words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));
}
