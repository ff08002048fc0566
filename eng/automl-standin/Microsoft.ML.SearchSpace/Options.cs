namespace Microsoft.ML.SearchSpace.Option;

/// <summary>The possible values of one setting, as positions in [0, 1].</summary>
public abstract class OptionBase
{
    public abstract double[] MappingToFeatureSpace(Parameter value);
    public abstract Parameter SampleFromFeatureSpace(double[] values);
    public abstract int FeatureSpaceDim { get; }
    public virtual double[] Default { get; protected set; }
    public abstract int?[] Step { get; }
}

/// <summary>A number in a range.</summary>
public abstract class UniformNumericOption : OptionBase
{
    public UniformNumericOption(double min, double max, bool logBase = false) => (Min, Max, LogBase, Default) = (min, max, logBase, [0]);
    public double Min { get; }
    public double Max { get; }
    public bool LogBase { get; }
    public override int FeatureSpaceDim => 1;
    public override int?[] Step => [null];

    public override double[] MappingToFeatureSpace(Parameter param)
    {
        double x = param.AsType<double>();
        return [LogBase ? Math.Log(x / Min) / Math.Log(Max / Min) : (x - Min) / (Max - Min)];
    }

    public override Parameter SampleFromFeatureSpace(double[] values) =>
        Parameter.FromDouble(LogBase ? Min * Math.Pow(Max / Min, values[0]) : Min + (Max - Min) * values[0]);
}

/// <summary>A double-precision number in a range.</summary>
public sealed class UniformDoubleOption : UniformNumericOption
{
    public UniformDoubleOption(double min, double max, bool logBase = false, double? defaultValue = null) : base(min, max, logBase)
    {
        if (defaultValue is double value)
            Default = MappingToFeatureSpace(Parameter.FromDouble(value));
    }
}

/// <summary>One value of a list.</summary>
public sealed class ChoiceOption : OptionBase
{
    public ChoiceOption(params object[] choices) =>
        (Choices, Default) = ([.. choices.Select(Parameter.FromObject)], choices.Length == 1 ? [] : [0]);

    public ChoiceOption(object[] choices, object defaultChoice) : this(choices) =>
        Default = MappingToFeatureSpace(Parameter.FromObject(defaultChoice));

    public Parameter[] Choices { get; }
    public override int FeatureSpaceDim => Choices.Length == 1 ? 0 : 1;
    public override int?[] Step => [Choices.Length];

    public override double[] MappingToFeatureSpace(Parameter param) =>
        FeatureSpaceDim == 0 ? [] : [(float)Array.IndexOf(Choices, param) / Choices.Length];

    public override Parameter SampleFromFeatureSpace(double[] values) =>
        values.Length == 0 ? Choices[0] : Choices[Math.Min((int)MathF.Floor((float)(Choices.Length * values[0])), Choices.Length - 1)];
}
