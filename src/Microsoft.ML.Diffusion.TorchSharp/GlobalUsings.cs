global using TorchSharp;
global using static TorchSharp.torch;
global using TorchTensor = TorchSharp.torch.Tensor;
