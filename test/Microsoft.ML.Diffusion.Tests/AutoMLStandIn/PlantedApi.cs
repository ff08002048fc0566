// Members of any kind stand here to be listed, not to be used.
#pragma warning disable CA1051, CA1822, CS0649
namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Some types, and the same types again, each time with one difference; see <see cref="AutoMLStandInTests"/>.</summary>
public static class PlantedApi
{
    public static class Reference
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public const int Size = 3;
            public int Radius;
            internal int Spokes;
            public int Count { get; internal set; }
            public object Clone() => this;
            internal int Turn(int angle = 90) => angle;
        }
    }

    public static class Copy
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public const int Size = 3;
            public int Radius;
            internal int Spokes;
            public int Count { get; internal set; }
            public object Clone() => this;
            internal int Turn(int angle = 90) => angle;
        }
    }

    public static class Fewer
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public int Count { get; internal set; }
            public object Clone() => this;
        }
    }

    public static class OtherDefault
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public object Clone() => this;
            internal int Turn(int angle = 45) => angle;
        }
    }

    public static class OtherParameterName
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public object Clone() => this;
            internal int Turn(int degrees = 90) => degrees;
        }
    }

    public static class OtherReturnType
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public object Clone() => this;
            internal long Turn(int angle = 90) => angle;
        }
    }

    public static class OtherConstant
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public const int Size = 4;
            public object Clone() => this;
        }
    }

    public static class OtherKind
    {
        public class Part;

        public class Wheel : Part, ICloneable
        {
            public object Clone() => this;
        }
    }

    public static class OtherBase
    {
        public sealed class Wheel : ICloneable
        {
            public object Clone() => this;
        }
    }

    public static class OneInterfaceMore
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable, IDisposable
        {
            public object Clone() => this;

            void IDisposable.Dispose()
            {
            }
        }
    }

    public static class WiderMethod
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public object Clone() => this;
            public int Turn(int angle = 90) => angle;
        }
    }

    public static class WiderSetter
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public int Count { get; set; }
            public object Clone() => this;
        }
    }

    public static class WiderField
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public int Spokes;
            public object Clone() => this;
        }
    }

    public static class NarrowerField
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            internal int Radius;
            public object Clone() => this;
        }
    }

    public static class OneMemberMore
    {
        public class Part;

        public sealed class Wheel : Part, ICloneable
        {
            public object Clone() => this;

            internal void Stop()
            {
            }
        }
    }

    public static class OneTypeMore
    {
        internal static class Brake;
    }
}
