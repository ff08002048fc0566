using Microsoft.ML;
using Microsoft.ML.Diffusion.Tests;

// usage: ModelLoader <model.zip> <input column> <output column> <text> ...
Loader.Run(new MLContext(), args);
