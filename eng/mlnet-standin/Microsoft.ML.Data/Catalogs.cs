using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    /// <summary>A catalog knows the environment its components run in.</summary>
    internal interface IInternalCatalog
    {
        IHostEnvironment Environment { get; }
    }

    /// <summary>How components reach it.</summary>
    internal static class CatalogUtils
    {
        public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
        {
            Contracts.CheckValue(catalog, nameof(catalog));
            return catalog.Environment;
        }
    }
}

namespace Microsoft.ML
{
    /// <summary>Extension methods add transforms.</summary>
    public sealed class TransformsCatalog : IInternalCatalog
    {
        private readonly IHostEnvironment _env;

        internal TransformsCatalog(IHostEnvironment env)
        {
            _env = env;
            Conversion = new ConversionTransforms(this);
            Text = new TextTransforms(this);
        }

        IHostEnvironment IInternalCatalog.Environment => _env;
        public ConversionTransforms Conversion { get; }
        public TextTransforms Text { get; }

        /// <summary>Extension methods add transforms between types.</summary>
        public sealed class ConversionTransforms : IInternalCatalog
        {
            private readonly IHostEnvironment _env;
            internal ConversionTransforms(TransformsCatalog owner) => _env = owner.GetEnvironment();
            IHostEnvironment IInternalCatalog.Environment => _env;
        }

        /// <summary>Extension methods add transforms of text.</summary>
        public sealed class TextTransforms : IInternalCatalog
        {
            private readonly IHostEnvironment _env;
            internal TextTransforms(TransformsCatalog owner) => _env = owner.GetEnvironment();
            IHostEnvironment IInternalCatalog.Environment => _env;
        }
    }
}
