using Microsoft.ML.Diffusion.Checkpoints;
using System.Globalization;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>
/// Walks the messages of an ONNX file. Weights stay where they are, shape and length of every tensor are compared at once, and the number
/// of nodes and names is bounded, so that a damaged file makes little.
/// </summary>
internal sealed class OnnxFileParser(Stream stream, OnnxFile file, ExternalFiles external)
{
    private const int MostNodes = 1 << 16, MostNames = 1 << 18, LongestName = 4096, MostDims = 8, MostIntegers = 1 << 12,
        MostTensors = 1 << 16;

    private readonly WireReader _reader = new(stream, file.Name);
    private int _names;
    private bool _hasGraph, _hasOpset;

    /// <summary>Reads the file.</summary>
    public void Read()
    {
        RefuseOthers();
        long end = stream.Length;
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            switch (field)
            {
                case 7 when type == 2:
                    if (_hasGraph)
                        throw _reader.Damaged("there is a second graph");
                    _hasGraph = true;
                    ReadGraph(Message(end));
                    break;
                case 8 when type == 2:
                    ReadOpset(Message(end));
                    break;
                default:
                    _reader.Skip(type, end);
                    break;
            }
        }
        if (!_hasGraph)
            throw new CheckpointException(
                $"'{file.Name}' has no graph; expected an ONNX model. Check that it is the right file, or export the model again.");
        if (!_hasOpset)
            throw new CheckpointException(
                $"'{file.Name}' does not say which version of ONNX's operators it uses (opset_import); expected {OnnxFile.OldestOpset} to " +
                $"{OnnxFile.NewestOpset}. Export the model again.");
    }

    private long Message(long end) => _reader.ReadLength(end) + _reader.Position;

    private void RefuseOthers()
    {
        Span<byte> start = stackalloc byte[64];
        stream.Position = 0;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        string? found = start.IsEmpty ? "is empty"
            : start.StartsWith("version https://git-lfs"u8)
                ? "is a Git LFS pointer, not the file itself. Run 'git lfs pull' in the directory, or download the file"
            : start.StartsWith("<!DOCTYPE"u8) || start.StartsWith("<html"u8) || start.StartsWith("<HTML"u8)
                ? "is a web page, not the file itself. Download it again by its direct link"
            : start.StartsWith("PK\x03\x04"u8) ? "is a zip archive or a PyTorch file. Give the .onnx file"
            : start.StartsWith("ORTM"u8) || (start.Length > 8 && start[4..].StartsWith("ORTM"u8))
                ? "is in ONNX Runtime's own .ort format. Give the .onnx file that it was made from"
            : null;
        if (found is not null)
            throw new CheckpointException($"'{file.Name}' {found}; expected an ONNX model.");
    }

    private void ReadOpset(long end)
    {
        string domain = "";
        long version = 0;
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            if (field == 1 && type == 2)
                domain = _reader.ReadText(end, LongestName);
            else if (field == 2 && type == 0)
                version = (long)_reader.ReadVarint(end);
            else
                _reader.Skip(type, end);
        }
        if (domain is not ("" or "ai.onnx"))
            return;
        _hasOpset = true;
        if (version is < OnnxFile.OldestOpset or > OnnxFile.NewestOpset)
            throw new CheckpointException(
                $"'{file.Name}' uses version {version} of ONNX's operators (opset); expected {OnnxFile.OldestOpset} to " +
                    $"{OnnxFile.NewestOpset}. " +
                "Export the model again with one of these, such as 17.");
        file.Opset = (int)version;
    }

    private void ReadGraph(long end)
    {
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            if (type != 2)
            {
                _reader.Skip(type, end);
                continue;
            }
            switch (field)
            {
                case 1:
                    if (file.Nodes.Count == MostNodes)
                        throw _reader.Damaged($"the graph has more than {MostNodes:N0} nodes");
                    OnnxNode node = ReadNode(Message(end));
                    node.Number = file.Nodes.Count;
                    file.Nodes.Add(node);
                    break;
                case 5:
                    if (file.Tensors.Count == MostTensors)
                        throw _reader.Damaged($"the graph has more than {MostTensors:N0} tensors");
                    OnnxTensor tensor = ReadTensor(Message(end));
                    if (!file.Tensors.TryAdd(tensor.Name, tensor))
                        throw _reader.Damaged($"the graph has two tensors named '{OnnxText.Shorten(tensor.Name)}'");
                    break;
                case 11:
                    CountName();
                    file.Inputs.Add(ReadInput(Message(end)));
                    break;
                case 12:
                    CountName();
                    file.Outputs.Add(ReadInput(Message(end)).Name);
                    break;
                case 15:
                    throw new CheckpointException(
                        $"'{file.Name}' has sparse tensors, which are not read; expected dense ones. Export the model without them.");
                default:
                    _reader.Skip(type, end);
                    break;
            }
        }
    }

    private OnnxNode ReadNode(long end)
    {
        var node = new OnnxNode();
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            if (type != 2)
            {
                _reader.Skip(type, end);
                continue;
            }
            switch (field)
            {
                case 1:
                    node.Inputs.Add(Name(end));
                    break;
                case 2:
                    node.Outputs.Add(Name(end));
                    break;
                case 3:
                    node.Name = Name(end);
                    break;
                case 4:
                    node.Type = Name(end);
                    break;
                case 5:
                    CountName();
                    node.Attributes.Add(ReadAttribute(Message(end)));
                    break;
                case 7:
                    string domain = Name(end);
                    node.Domain = domain == "ai.onnx" ? "" : domain;
                    break;
                default:
                    _reader.Skip(type, end);
                    break;
            }
        }
        return node;
    }

    private OnnxAttribute ReadAttribute(long end)
    {
        var attribute = new OnnxAttribute();
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            switch (field, type)
            {
                case (1, 2):
                    attribute.Name = Name(end);
                    break;
                case (2, 5):
                    attribute.Number = _reader.ReadFloat(end);
                    break;
                case (3, 0):
                    attribute.Integer = (long)_reader.ReadVarint(end);
                    break;
                case (4, 2):
                    CountName();
                    attribute.Text = _reader.TryReadText(end, LongestName, out _); // a longer one is no encoder's: a vocabulary
                    break;
                case (5, 2):
                    attribute.Tensor = ReadTensor(Message(end));
                    break;
                case (7, 5):
                    Add(attribute.Numbers ??= [], _reader.ReadFloat(end));
                    break;
                case (7, 2):
                    long floats = Message(end);
                    while (_reader.Position < floats)
                        Add(attribute.Numbers ??= [], _reader.ReadFloat(floats));
                    break;
                case (8, 0):
                    Add(attribute.Integers ??= [], (long)_reader.ReadVarint(end));
                    break;
                case (8, 2):
                    long integers = Message(end);
                    attribute.Integers ??= [];
                    while (_reader.Position < integers)
                        Add(attribute.Integers, (long)_reader.ReadVarint(integers));
                    break;
                default:
                    _reader.Skip(type, end);
                    break;
            }
        }
        return attribute;

        void Add<T>(List<T> list, T value)
        {
            CountName();
            if (list.Count == MostIntegers)
                throw _reader.Damaged($"an attribute has more than {MostIntegers:N0} numbers");
            list.Add(value);
        }
    }

    private OnnxTensor ReadTensor(long end)
    {
        string tensor = "", location = "";
        var dims = new List<int>();
        int type = 0, dataField = 0;
        long offset = 0, length = 0, externalOffset = 0, externalLength = -1;
        bool isExternal = false;
        string? badDims = null;
        CountName();
        while (_reader.TryReadTag(end, out int field, out int wire))
        {
            switch (field, wire)
            {
                case (1, 0):
                    AddDim((long)_reader.ReadVarint(end));
                    break;
                case (1, 2):
                    long packed = Message(end);
                    while (_reader.Position < packed)
                        AddDim((long)_reader.ReadVarint(packed));
                    break;
                case (2, 0):
                    type = (int)Math.Min(_reader.ReadVarint(end), 1000);
                    break;
                case (8, 2):
                    tensor = Name(end);
                    break;
                case (4 or 5 or 7 or 9 or 10 or 11, 2):
                    long data = Message(end);
                    if (data > _reader.Position)
                    {
                        if (dataField != 0)
                            throw _reader.Damaged($"tensor '{OnnxText.Shorten(tensor)}' has its data in several pieces");
                        (dataField, offset, length) = (field, _reader.Position, data - _reader.Position);
                    }
                    _reader.Position = data;
                    break;
                case (4 or 5 or 7 or 10 or 11, _):
                    // One value alone, not packed: as some writers store a scalar.
                    if (dataField != 0)
                        throw _reader.Damaged($"tensor '{OnnxText.Shorten(tensor)}' has its data in several pieces");
                    long before = _reader.Position;
                    _reader.Skip(wire, end);
                    (dataField, offset, length) = (field, before, _reader.Position - before);
                    break;
                case (13, 2):
                    (string key, string value) = ReadEntry(Message(end));
                    if (key == "location")
                        location = value;
                    else if (key == "offset")
                        externalOffset = Number(tensor, key, value);
                    else if (key == "length")
                        externalLength = Number(tensor, key, value);
                    break;
                case (14, 0):
                    isExternal = _reader.ReadVarint(end) == 1;
                    break;
                default:
                    _reader.Skip(wire, end);
                    break;
            }
        }
        if (badDims is not null)
            throw _reader.Damaged($"tensor '{OnnxText.Shorten(tensor)}' has {badDims}");
        int[] shape = [.. dims];
        long count = 1;
        foreach (int dim in shape)
        {
            if (dim != 0 && count > long.MaxValue / dim)
                throw Claims(tensor, shape, "more elements than can be counted");
            count *= dim;
        }
        int size = OnnxDataTypes.SizeOf((OnnxDataType)type);
        if (size == 0)
        {
            // A text or an exotic number matters only to the node that reads it, which is then named.
            return new OnnxTensor(tensor, OnnxDataType.Undefined, [0], stream, 0, 0, isVarint: false);
        }
        if (count > long.MaxValue / size)
            throw Claims(tensor, shape, "more bytes than can be counted");
        Stream source = stream;
        if (isExternal)
        {
            source = external.Open(tensor, location);
            length = externalLength >= 0 ? externalLength : count * size;
            if (externalOffset > source.Length || length > source.Length - externalOffset)
                throw new CheckpointException(
                    $"'{file.Name}': tensor '{OnnxText.Shorten(tensor)}' has bytes {externalOffset:N0} to " +
                        $"{externalOffset + (decimal)length:N0} of " +
                    $"'{OnnxText.Shorten(location)}', which has {source.Length:N0}; expected them inside. The file is cut or belongs to " +
                    "another model: download or copy both files again.");
            (offset, dataField) = (externalOffset, 9);
        }
        bool isVarint = dataField is 5 or 7 or 11;
        if (isVarint ? count > length : count * size != length)
            throw Claims(tensor, shape, isVarint ? $"{count:N0} numbers in {length:N0} bytes" : $"{count * size:N0} bytes and has " +
                $"{length:N0}");
        bool fits = dataField switch
        {
            0 or 9 => true,
            4 => (OnnxDataType)type == OnnxDataType.Float,
            10 => (OnnxDataType)type == OnnxDataType.Double,
            7 => (OnnxDataType)type == OnnxDataType.Int64,
            11 => (OnnxDataType)type is OnnxDataType.UInt64 or OnnxDataType.UInt32,
            _ => (OnnxDataType)type is not (OnnxDataType.Float or OnnxDataType.Double or OnnxDataType.Int64 or OnnxDataType.UInt64),
        };
        if (!fits)
            throw _reader.Damaged($"tensor '{OnnxText.Shorten(tensor)}' has its data in a field of another type");
        return new OnnxTensor(tensor, (OnnxDataType)type, shape, source, offset, length, isVarint);

        void AddDim(long dim)
        {
            // The tensor's name comes later.
            if (dims.Count == MostDims)
                badDims = $"more than {MostDims} dimensions";
            else if (dim is < 0 or > int.MaxValue)
                badDims = $"a dimension of {dim:N0}";
            else
                dims.Add((int)dim);
        }
    }

    private CheckpointException Claims(string tensor, int[] shape, string claim) => new(
        $"'{file.Name}': tensor '{OnnxText.Shorten(tensor)}' of shape {OnnxText.Shape(shape)} claims {claim}; expected shape, type " +
            "and data to " +
        "agree. The file is damaged: download, copy or export it again.");

    private long Number(string tensor, string key, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw new CheckpointException(
                $"'{file.Name}': the {key} of tensor '{OnnxText.Shorten(tensor)}' in its external file is " +
                    $"'{OnnxText.Shorten(value)}'; expected a " +
                "number of bytes. The file is damaged: download, copy or export it again.");

    private (string Key, string Value) ReadEntry(long end)
    {
        string key = "", value = "";
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            if (field == 1 && type == 2)
                key = Name(end);
            else if (field == 2 && type == 2)
                value = Name(end);
            else
                _reader.Skip(type, end);
        }
        return (key, value);
    }

    private OnnxInput ReadInput(long end)
    {
        string input = "";
        int elementType = 0;
        var dims = new List<long>();
        while (_reader.TryReadTag(end, out int field, out int type))
        {
            if (field == 1 && type == 2)
                input = Name(end);
            else if (field == 2 && type == 2)
                ReadType(Message(end));
            else
                _reader.Skip(type, end);
        }
        return new OnnxInput(input, (OnnxDataType)elementType, [.. dims]);

        void ReadType(long typeEnd)
        {
            while (_reader.TryReadTag(typeEnd, out int field, out int type))
            {
                if (field == 1 && type == 2)
                    ReadTensorType(Message(typeEnd));
                else
                    _reader.Skip(type, typeEnd);
            }
        }

        void ReadTensorType(long tensorEnd)
        {
            while (_reader.TryReadTag(tensorEnd, out int field, out int type))
            {
                if (field == 1 && type == 0)
                    elementType = (int)Math.Min(_reader.ReadVarint(tensorEnd), 1000);
                else if (field == 2 && type == 2)
                    ReadShape(Message(tensorEnd));
                else
                    _reader.Skip(type, tensorEnd);
            }
        }

        void ReadShape(long shapeEnd)
        {
            while (_reader.TryReadTag(shapeEnd, out int field, out int type))
            {
                if (field == 1 && type == 2)
                {
                    CountName();
                    if (dims.Count == MostDims)
                        throw _reader.Damaged($"input '{OnnxText.Shorten(input)}' has more than {MostDims} dimensions");
                    dims.Add(ReadDim(Message(shapeEnd)));
                }
                else
                {
                    _reader.Skip(type, shapeEnd);
                }
            }
        }

        long ReadDim(long dimEnd)
        {
            long dim = 0;
            while (_reader.TryReadTag(dimEnd, out int field, out int type))
            {
                if (field == 1 && type == 0)
                    dim = (long)_reader.ReadVarint(dimEnd);
                else
                    _reader.Skip(type, dimEnd);
            }
            return Math.Max(dim, 0);
        }
    }

    private string Name(long end)
    {
        CountName();
        return _reader.ReadText(end, LongestName);
    }

    private void CountName()
    {
        if (++_names > MostNames)
            throw _reader.Damaged($"the graph has more than {MostNames:N0} names, attributes and numbers");
    }
}
