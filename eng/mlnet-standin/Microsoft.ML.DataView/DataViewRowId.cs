namespace Microsoft.ML.Data;

/// <summary>The 128-bit identity of a row, independent of the order in which rows are read.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    public readonly ulong Low;
    public readonly ulong High;
    public DataViewRowId(ulong low, ulong high) => (Low, High) = (low, high);
    public int CompareTo(DataViewRowId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);
    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;
    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(Low, High);
    public override string ToString() => $"{High:x16}{Low:x16}";
}
