using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion;

/// <summary>Saves models as ONNX files. Compilers before C# 14 call <see cref="OnnxModels"/>.</summary>
public static class OnnxSaveExtensions
{
    extension(EncoderModel model)
    {
        /// <inheritdoc cref="OnnxModels.Save(EncoderModel, string, OnnxExportOptions, CancellationToken)"/>
        public void SaveOnnx(string path, OnnxExportOptions? options = null, CancellationToken cancellationToken = default) =>
            OnnxModels.Save(model, path, options, cancellationToken);

        /// <inheritdoc cref="OnnxModels.SaveDirectory(EncoderModel, string, OnnxExportOptions, CancellationToken)"/>
        public void SaveOnnxDirectory(
            string directory, OnnxExportOptions? options = null, CancellationToken cancellationToken = default) =>
            OnnxModels.SaveDirectory(model, directory, options, cancellationToken);
    }

    extension<TModel>(ModelTransformerBase<TModel> transformer)
        where TModel : EncoderWithHead
    {
        /// <inheritdoc cref="OnnxModels.Save{TModel}(ModelTransformerBase{TModel}, string, OnnxExportOptions, CancellationToken)"/>
        public void SaveOnnx(string path, OnnxExportOptions? options = null, CancellationToken cancellationToken = default) =>
            OnnxModels.Save(transformer, path, options, cancellationToken);

        /// <inheritdoc
        /// cref="OnnxModels.SaveDirectory{TModel}(ModelTransformerBase{TModel}, string, OnnxExportOptions, CancellationToken)"/>
        public void SaveOnnxDirectory(
            string directory, OnnxExportOptions? options = null, CancellationToken cancellationToken = default) =>
            OnnxModels.SaveDirectory(transformer, directory, options, cancellationToken);
    }
}
