using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The first 256 bytes of Model.key, little-endian: where its blocks lie, and what can read them.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ModelHeader
{
    public const int Size = 0x100;
    public const ulong SignatureValue = 0x4C45444F4D004C4DUL;
    public const ulong TailSignatureValue = 0x4D4C004D4F44454CUL;
    private const uint VerWrittenCur = 0x00010002;
    private const uint VerWeCanReadBack = 0x00010001;
    private const int SignatureLength = 24;

    [FieldOffset(0x00)] public ulong Signature;
    [FieldOffset(0x08)] public uint VerWritten;
    [FieldOffset(0x0C)] public uint VerReadable;
    [FieldOffset(0x10)] public long FpModel;
    [FieldOffset(0x18)] public long CbModel;
    [FieldOffset(0x20)] public long FpStringTable;
    [FieldOffset(0x28)] public long CbStringTable;
    [FieldOffset(0x30)] public long FpStringChars;
    [FieldOffset(0x38)] public long CbStringChars;
    [FieldOffset(0x40)] public ulong ModelSignature;
    [FieldOffset(0x48)] public uint ModelVerWritten;
    [FieldOffset(0x4C)] public uint ModelVerReadable;
    [FieldOffset(0x50)] public ulong LoaderSignature0;
    [FieldOffset(0x80)] public long FpTail;
    [FieldOffset(0x88)] public long FpLim;
    [FieldOffset(0x90)] public long FpAssemblyName;
    [FieldOffset(0x98)] public uint CbAssemblyName;

    public static string GetLoaderSig(ref ModelHeader header)
    {
        Span<byte> bytes = LoaderSignature(ref header);
        int length = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(length < 0 ? bytes : bytes[..length]);
    }

    public static void SetVersionInfo(ref ModelHeader header, VersionInfo ver)
    {
        Contracts.CheckParam(ver.LoaderSignature?.Length <= SignatureLength, nameof(ver), $"Loader signature '{ver.LoaderSignature}' is longer than {SignatureLength} characters");
        header.ModelSignature = ver.ModelSignature;
        header.ModelVerWritten = ver.VerWrittenCur;
        header.ModelVerReadable = ver.VerReadableCur;
        Encoding.Latin1.GetBytes(ver.LoaderSignature, LoaderSignature(ref header));
    }

    public static void CheckVersionInfo(ref ModelHeader header, VersionInfo ver)
    {
        Contracts.CheckDecode(header.ModelSignature == ver.ModelSignature, "Unknown file type");
        Contracts.CheckDecode(header.ModelVerReadable <= header.ModelVerWritten, "Corrupt file header");
        Contracts.CheckDecode(header.ModelVerReadable <= ver.VerWrittenCur, "Cause: File contains a version of the model that is too new to be read.");
        Contracts.CheckDecode(header.ModelVerWritten >= ver.VerWeCanReadBack, "Cause: File contains a version of the model that is too old to be read.");
    }

    /// <summary>Writes the tail, then the header into the room left for it.</summary>
    public static void WriteHeaderAndTailCore(BinaryWriter writer, long fpMin, ref ModelHeader header)
    {
        (header.Signature, header.VerWritten, header.VerReadable, header.FpModel) = (SignatureValue, VerWrittenCur, VerWrittenCur, Size);
        header.FpTail = writer.BaseStream.Position - fpMin;
        writer.Write(TailSignatureValue);
        header.FpLim = writer.BaseStream.Position - fpMin;
        writer.BaseStream.Position = fpMin;
        writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ModelHeader>(ref header)));
    }

    /// <summary>Reads the header, the strings and the assembly's name, and stops at the model's bytes.</summary>
    public static void BeginRead(out long fpMin, out ModelHeader header, out string[] strings, out string loaderAssemblyName, BinaryReader reader)
    {
        Stream stream = reader.BaseStream;
        fpMin = stream.Position;
        header = default;
        Contracts.CheckDecode(stream.Length - fpMin >= Size, "Invalid format");
        stream.ReadExactly(MemoryMarshal.AsBytes(new Span<ModelHeader>(ref header)));
        CheckLayout(in header, stream.Length - fpMin);

        strings = new string[header.CbStringTable / sizeof(long)];
        long[] ends = new long[strings.Length];
        stream.Position = fpMin + header.FpStringTable;
        for (int i = 0; i < ends.Length; i++)
            ends[i] = reader.ReadInt64();
        stream.Position = fpMin + (strings.Length > 0 ? header.FpStringChars : 0);
        for (int i = 0; i < strings.Length; i++)
        {
            long start = i == 0 ? 0 : ends[i - 1];
            Contracts.CheckDecode(start <= ends[i] && ends[i] <= header.CbStringChars, "Invalid string table");
            strings[i] = ReadChars(reader, ends[i] - start);
        }
        stream.Position = fpMin + header.FpAssemblyName;
        loaderAssemblyName = header.CbAssemblyName > 0 ? ReadChars(reader, header.CbAssemblyName) : null;
        stream.Position = fpMin + header.FpModel;
    }

    private static string ReadChars(BinaryReader reader, long bytes) => Encoding.Unicode.GetString(reader.ReadBytes(checked((int)bytes)));

    private static Span<byte> LoaderSignature(ref ModelHeader header) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref header.LoaderSignature0, SignatureLength / sizeof(ulong)));

    private static void CheckLayout(in ModelHeader header, long size)
    {
        Contracts.CheckDecode(header.Signature == SignatureValue, "Wrong file type");
        Contracts.CheckDecode(header.VerReadable <= VerWrittenCur && header.VerWritten >= VerWeCanReadBack, "Unsupported version of the model format");
        Contracts.CheckDecode(header.FpModel == Size && header.CbModel >= 0, "Invalid model section");
        long end = header.FpModel + header.CbModel;
        if (header.CbStringTable != 0)
        {
            Contracts.CheckDecode(header.FpStringTable == end && header.CbStringTable > 0 && header.CbStringTable % sizeof(long) == 0, "Invalid string table");
            end += header.CbStringTable;
            Contracts.CheckDecode(header.FpStringChars == end && header.CbStringChars >= 0, "Invalid string section");
            end += header.CbStringChars;
        }
        if (header.CbAssemblyName != 0)
        {
            Contracts.CheckDecode(header.FpAssemblyName == end, "Invalid assembly name section");
            end += header.CbAssemblyName;
        }
        Contracts.CheckDecode(header.FpTail == end && header.FpLim == end + sizeof(ulong) && header.FpLim <= size, "Invalid tail");
    }
}
