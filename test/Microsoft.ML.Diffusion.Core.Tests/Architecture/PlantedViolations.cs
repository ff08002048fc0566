// Types that break the rules of the rooms, one way each, and some that keep them; see ArchitectureTests.
#pragma warning disable CA1812, CA1852, CA1822, CA1823, CS0169, IDE0051, CS0649
namespace Planted
{
    internal class Homeless;
}

namespace Planted.Diffusion
{
    internal class Sampler
    {
        internal Compute.Tensor? May;
    }
}

namespace Planted.Compute
{
    internal class Tensor;

    internal class CallsInABody
    {
        internal object Call() => Encoders.Something.Make();
    }

    internal class HoldsALocal
    {
        internal bool Has()
        {
            var models = new List<Encoders.EncoderModel>();
            return models.Count > 0;
        }
    }
}

namespace Planted.Text
{
    internal class HasAField
    {
        internal Compute.Tensor[]? Field;
    }

    internal class IsInALambda
    {
        internal Func<object> Make() => () => new Compute.Tensor();
    }
}

namespace Planted.Checkpoints
{
    internal class Reader
    {
        internal Compute.Tensor? May;
    }
}

namespace Planted.Encoders
{
    internal class EncoderModel
    {
        internal Checkpoints.Reader? May;
    }

    internal class Something
    {
        internal static object Make() => new Text.HasAField();
    }

    internal class DerivesFromAClass : Diffusion.Sampler;
}

namespace Planted.Tasks
{
    internal class ReturnsATask
    {
        internal Task<Diffusion.Sampler>? Run() => null;
    }
}

namespace Planted.Attic
{
    internal class Unknown;
}
