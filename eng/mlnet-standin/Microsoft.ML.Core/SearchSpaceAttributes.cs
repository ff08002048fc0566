namespace Microsoft.ML.SearchSpace;

/// <summary>The member is a number of a range.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class RangeAttribute : Attribute
{
    public RangeAttribute(double min, double max, double init, bool logBase = false) => (Min, Max, Init, LogBase) = (min, max, init, logBase);
    public object Min { get; }
    public object Max { get; }
    public object Init { get; }
    public bool LogBase { get; }
}

/// <summary>The member is one of some values.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ChoiceAttribute : Attribute
{
    public ChoiceAttribute(object[] candidates, object defaultValue) => (Candidates, DefaultValue) = (candidates, defaultValue);
    public object[] Candidates { get; }
    public object DefaultValue { get; }
}
