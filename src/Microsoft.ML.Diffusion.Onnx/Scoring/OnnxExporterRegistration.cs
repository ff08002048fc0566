using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Onnx.Writing;

[assembly: OnnxExporter(typeof(OnnxExporter))]
