using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <c>EncoderModel.FromOnnx</c>. It is an extension so that models do not depend on ONNX; compilers before C# 14 call
/// <see cref="OnnxModels"/>.
/// </summary>
public static class OnnxEncoderModelExtensions
{
    extension(EncoderModel)
    {
        /// <inheritdoc cref="OnnxModels.Load(string, string)"/>
        public static EncoderModel FromOnnx(string path, string tokenizer) => OnnxModels.Load(path, tokenizer);

        /// <inheritdoc cref="OnnxModels.Load(string, ModelFiles)"/>
        public static EncoderModel FromOnnx(string path, ModelFiles tokenizer) => OnnxModels.Load(path, tokenizer);

        /// <inheritdoc cref="OnnxModels.Load(Stream, string)"/>
        public static EncoderModel FromOnnx(Stream onnx, string tokenizer) => OnnxModels.Load(onnx, tokenizer);

        /// <inheritdoc cref="OnnxModels.Load(Stream, ModelFiles)"/>
        public static EncoderModel FromOnnx(Stream onnx, ModelFiles tokenizer) => OnnxModels.Load(onnx, tokenizer);
    }
}
