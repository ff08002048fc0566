using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// Reads a Python pickle (protocols 2 to 5) as data. It knows the opcodes that <c>torch.save</c> writes and the names of
/// <see cref="TorchGlobal"/>. Another opcode is refused by name; another name becomes an <see cref="UnknownObject"/>, whose calls,
/// attributes and items are ignored. No value is walked recursively, so depth costs nothing.
/// </summary>
internal ref struct RestrictedUnpickler
{
    private const int HighestProtocol = 5;
    private const int FirstSlots = 32;
    private const int ReferenceBytes = 8;
    private const int ArrayBytes = 24;
    private const int ListBytes = 32;
    private const int BoxBytes = 24;

    /// <summary>Stands for every value that no tensor needs, such as a float or bytes.</summary>
    private static readonly object s_ignored = new();
    private static readonly object s_mark = new();
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    private readonly string _file;
    private readonly TorchObjects _objects;
    private readonly MemoryBudget _budget;
    private PickleInput _input;
    private object?[] _stack = [];
    private int _depth;
    private object?[] _memo = [];
    private int _memoized;

    private RestrictedUnpickler(ReadOnlySpan<byte> pickle, string file, TorchObjects objects, MemoryBudget budget)
    {
        _input = new PickleInput(pickle, file);
        _file = file;
        _objects = objects;
        _budget = budget;
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="pickle">Where it begins; bytes may follow it.</param>
    /// <param name="file">The file's name in messages.</param>
    /// <param name="objects">The builder of tables and tensors.</param>
    /// <param name="budget">The memory that may be taken.</param>
    /// <param name="length">The pickle's bytes.</param>
    /// <returns>
    /// A <see cref="PickledTable"/>, a <see cref="List{T}"/>, an array (a tuple), a <see cref="TorchTensor"/>, a <see cref="string"/>, a
    /// <see cref="long"/>, a <see cref="BigInteger"/>, a <see cref="bool"/>, null (None), an <see cref="UnknownObject"/>, or an object
    /// without content.
    /// </returns>
    /// <exception cref="CheckpointException">It is damaged, or has an unknown opcode.</exception>
    public static object? Read(ReadOnlySpan<byte> pickle, string file, TorchObjects objects, MemoryBudget budget, out int length)
    {
        var unpickler = new RestrictedUnpickler(pickle, file, objects, budget);
        object? value = unpickler.Run();
        length = unpickler._input.Position;
        return value;
    }

    private object? Run()
    {
        while (true)
        {
            PickleOpcode opcode = _input.TakeOpcode();
            switch (opcode)
            {
                case PickleOpcode.Proto:
                    int protocol = _input.Take(1)[0];
                    if (protocol > HighestProtocol)
                        throw Bad($"its protocol is {protocol}; expected one from 2 to {HighestProtocol}");
                    break;
                case PickleOpcode.Frame: // a hint to readers of streams
                    _input.TakeLength8();
                    break;
                case PickleOpcode.Stop:
                    return Pop();
                default:
                    if (!PushScalar(opcode) && !PushText(opcode) && !PushContainer(opcode)
                        && !FillContainer(opcode) && !UseStack(opcode) && !PushObject(opcode))
                    {
                        throw Bad($"the opcode {Name(opcode)} is not supported, as torch.save does not write it into a table of tensors");
                    }
                    break;
            }
        }
    }

    private bool PushScalar(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.None:
                Push(null);
                return true;
            case PickleOpcode.NewTrue:
                Push(s_true);
                return true;
            case PickleOpcode.NewFalse:
                Push(s_false);
                return true;
            case PickleOpcode.BinInt:
                Push(BinaryPrimitives.ReadInt32LittleEndian(_input.Take(4)));
                return true;
            case PickleOpcode.BinInt1:
                Push((long)_input.Take(1)[0]);
                return true;
            case PickleOpcode.BinInt2:
                Push(BinaryPrimitives.ReadUInt16LittleEndian(_input.Take(2)));
                return true;
            case PickleOpcode.Long1:
                PushInteger(_input.Take(_input.Take(1)[0]));
                return true;
            case PickleOpcode.Long4:
                PushInteger(_input.Take(_input.TakeLength4()));
                return true;
            case PickleOpcode.BinFloat:
                Ignore(8);
                return true;
            case PickleOpcode.ShortBinBytes:
                Ignore(_input.Take(1)[0]);
                return true;
            case PickleOpcode.BinBytes:
                Ignore(_input.TakeLength4());
                return true;
            case PickleOpcode.BinBytes8:
                Ignore(_input.TakeLength8());
                return true;
            default:
                return false;
        }
    }

    private bool PushText(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString:
                PushString(_input.Take(_input.Take(1)[0]));
                return true;
            case PickleOpcode.BinUnicode or PickleOpcode.BinString:
                PushString(_input.Take(_input.TakeLength4()));
                return true;
            case PickleOpcode.BinUnicode8:
                PushString(_input.Take(_input.TakeLength8()));
                return true;
            default:
                return false;
        }
    }

    private bool PushContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyDict:
                Push(_objects.NewTable());
                return true;
            case PickleOpcode.EmptyList:
                _budget.Take(ListBytes);
                Push(new List<object?>());
                return true;
            case PickleOpcode.EmptyTuple:
                Push(Array.Empty<object?>());
                return true;
            case PickleOpcode.Tuple:
                PushTuple(PopToMark());
                return true;
            case PickleOpcode.Tuple1:
                PushTuple(PopItems(1));
                return true;
            case PickleOpcode.Tuple2:
                PushTuple(PopItems(2));
                return true;
            case PickleOpcode.Tuple3:
                PushTuple(PopItems(3));
                return true;
            default:
                return false;
        }
    }

    private bool FillContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Append:
                AddTo(PopItems(1));
                return true;
            case PickleOpcode.Appends:
                AddTo(PopToMark());
                return true;
            case PickleOpcode.SetItem:
                SetIn(PopItems(2));
                return true;
            case PickleOpcode.SetItems:
                SetIn(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private bool UseStack(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                Push(s_mark);
                return true;
            case PickleOpcode.Pop:
                Pop();
                return true;
            case PickleOpcode.BinPut:
                Remember(_input.Take(1)[0]);
                return true;
            case PickleOpcode.LongBinPut:
                Remember(_input.TakeLength4());
                return true;
            case PickleOpcode.Memoize:
                Remember(_memoized);
                return true;
            case PickleOpcode.BinGet:
                Recall(_input.Take(1)[0]);
                return true;
            case PickleOpcode.LongBinGet:
                Recall(_input.TakeLength4());
                return true;
            default:
                return false;
        }
    }

    private bool PushObject(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Global:
                Push(Find(_input.TakeLine(), _input.TakeLine()));
                return true;
            case PickleOpcode.Inst:
                return Find(_input.TakeLine(), _input.TakeLine()) is UnknownObject made ? throw made.Refuse(_file) : false;
            case PickleOpcode.Obj:
                return PopToMark() is [UnknownObject instance, ..] ? throw instance.Refuse(_file) : false;
            case PickleOpcode.StackGlobal:
                ReadOnlySpan<object?> names = PopItems(2);
                if (names is not [string module, string name])
                    throw Bad("a reference is not made of two texts; expected a module and a name");
                _budget.Take(2 * ArrayBytes + 3L * (module.Length + name.Length));
                Push(Find(Encoding.UTF8.GetBytes(module), Encoding.UTF8.GetBytes(name)));
                return true;
            case PickleOpcode.Reduce:
                ReadOnlySpan<object?> call = PopItems(2);
                Push(call switch
                {
                    [TorchGlobal global, object?[] arguments] => _objects.Call(global, arguments),
                    [UnknownObject called, object?[]] => called,
                    _ => throw Bad("what is called is no name with a tuple of arguments"),
                });
                return true;
            case PickleOpcode.NewObj:
                return PushUnknown(PopItems(2));
            case PickleOpcode.NewObjEx:
                return PushUnknown(PopItems(3));
            case PickleOpcode.BinPersId:
                Push(_objects.Persistent(Pop()));
                return true;
            case PickleOpcode.Build: // attributes, such as a table's _metadata, say nothing of tensors
                Pop();
                if (Peek() is not (PickledTable or UnknownObject))
                    throw Bad("attributes are set on what is no OrderedDict");
                return true;
            default:
                return false;
        }
    }

    private readonly object Find(ReadOnlySpan<byte> module, ReadOnlySpan<byte> name)
    {
        if (TorchGlobal.Find(module, name) is TorchGlobal known)
            return known;
        _budget.Take(BoxBytes + ArrayBytes + ReferenceBytes + module.Length + name.Length);
        return new UnknownObject([.. module, (byte)'.', .. name]);
    }

    /// <summary>An object of an unknown class is the class itself, as neither does anything. Known names have no objects.</summary>
    private bool PushUnknown(scoped ReadOnlySpan<object?> classAndArguments)
    {
        if (classAndArguments is not [UnknownObject unknown, object?[], ..])
            return false;
        Push(unknown);
        return true;
    }

    private void Ignore(long bytes)
    {
        _input.Take(bytes);
        Push(s_ignored);
    }

    private void PushInteger(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            _budget.Take(2 * bytes.Length + 2 * ArrayBytes);
            Push(new BigInteger(bytes));
            return;
        }
        long value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            value = i == bytes.Length - 1 ? (sbyte)bytes[i] : value << 8 | bytes[i];
        Push(value);
    }

    private void PushString(scoped ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            throw Bad($"the text {Messages.Quote(utf8)} is not valid UTF-8");
        _budget.Take(ArrayBytes + 2L * utf8.Length);
        Push(Encoding.UTF8.GetString(utf8));
    }

    private void PushTuple(scoped ReadOnlySpan<object?> items)
    {
        _budget.Take(ArrayBytes + (long)ReferenceBytes * items.Length);
        Push(items.ToArray());
    }

    private readonly void AddTo(scoped ReadOnlySpan<object?> items)
    {
        if (Peek() is UnknownObject)
            return;
        if (Peek() is not List<object?> list)
            throw Bad("items are appended to what is no list");
        _budget.Reserve(list, items.Length, ReferenceBytes);
        list.AddRange(items);
    }

    private readonly void SetIn(scoped ReadOnlySpan<object?> items)
    {
        if (Peek() is UnknownObject)
            return;
        if (Peek() is not PickledTable table || items.Length % 2 != 0)
            throw Bad("items are set in what is no dict, or keys lack values");
        _objects.Add(table, items);
    }

    private void Push(long value)
    {
        _budget.Take(BoxBytes);
        Push((object)value);
    }

    private void Push(object? value)
    {
        if (_depth == _stack.Length)
            Grow(ref _stack, _depth + 1);
        _stack[_depth++] = value;
    }

    private readonly object? Peek() =>
        _depth > 0 && _stack[_depth - 1] != s_mark ? _stack[_depth - 1] : throw Bad("a value is used where there is none");

    private object? Pop()
    {
        object? value = Peek();
        _depth--;
        return value;
    }

    private ReadOnlySpan<object?> PopItems(int count)
    {
        ReadOnlySpan<object?> items = count <= _depth ? _stack.AsSpan(_depth - count, count) : default;
        if (count > _depth || items.Contains(s_mark))
            throw Bad("a value is used where there is none");
        _depth -= count;
        return items;
    }

    private ReadOnlySpan<object?> PopToMark()
    {
        int mark = _depth - 1;
        while (mark >= 0 && _stack[mark] != s_mark)
            mark--;
        if (mark < 0)
            throw Bad("a mark is used where there is none");
        ReadOnlySpan<object?> items = _stack.AsSpan(mark + 1, _depth - mark - 1);
        _depth = mark;
        return items;
    }

    private void Remember(long index)
    {
        object? value = Peek();
        if (value is null)
            return;
        if (index >= _memo.Length)
        {
            // No pickler skips numbers, so that there are never more than bytes.
            if (index > _input.Length)
                throw Bad($"value {index:N0} is put aside in a pickle of at most {_input.Length:N0} bytes");
            Grow(ref _memo, (int)index + 1);
        }
        if (_memo[index] is null)
            _memoized++;
        _memo[index] = value;
    }

    private void Recall(long index) =>
        Push(index < _memo.Length && _memo[index] is object value
            ? value : throw Bad($"value {index:N0} is taken up again and was never put aside"));

    private readonly void Grow(ref object?[] slots, int least)
    {
        int length = Math.Max(Math.Max(least, FirstSlots), 2 * slots.Length);
        _budget.Take(ArrayBytes + (long)ReferenceBytes * length);
        Array.Resize(ref slots, length);
    }

    private static string Name(PickleOpcode opcode) =>
        Enum.IsDefined(opcode) ? opcode.ToString().ToUpperInvariant() : $"0x{(byte)opcode:X2}";

    private readonly CheckpointException Bad(string what) => _input.Bad(what);
}
