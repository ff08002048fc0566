using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What a component writes of itself into the header of its part of a model file.</summary>
internal readonly struct VersionInfo
{
    public readonly ulong ModelSignature;
    public readonly uint VerWrittenCur;
    public readonly uint VerReadableCur;
    public readonly uint VerWeCanReadBack;
    public readonly string LoaderAssemblyName;
    public readonly string LoaderSignature;

    public VersionInfo(
        string modelSignature,
        uint verWrittenCur,
        uint verReadableCur,
        uint verWeCanReadBack,
        string loaderAssemblyName,
        string loaderSignature = null,
        string loaderSignatureAlt = null)
    {
        Contracts.CheckParam(modelSignature?.Length == 8, nameof(modelSignature), "Model signature must be eight characters");
        Contracts.CheckParam(modelSignature.All(c => c <= 0xFF), nameof(modelSignature), "Model signature characters must be Latin-1");
        for (int i = 0; i < modelSignature.Length; i++)
            ModelSignature |= (ulong)(modelSignature[i] == ' ' ? 0 : modelSignature[i]) << 8 * i;
        (VerWrittenCur, VerReadableCur, VerWeCanReadBack) = (verWrittenCur, verReadableCur, verWeCanReadBack);
        (LoaderAssemblyName, LoaderSignature) = (loaderAssemblyName, loaderSignature);
    }
}
