using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data
{
    /// <summary>Data made from other data.</summary>
    internal interface IDataTransform : IDataView, ICanSaveModel
    {
        IDataView Source { get; }
    }

    /// <summary>A transform that can be applied to another source.</summary>
    internal interface ITransformTemplate : IDataTransform
    {
        IDataTransform ApplyToData(IHostEnvironment env, IDataView newSource);
    }

    /// <summary>The base of transforms that hold a source.</summary>
    internal abstract class TransformBase : IDataTransform
    {
        protected readonly IHost Host;

        protected TransformBase(IHostEnvironment env, string name, IDataView input) : this(env.Register(name), input)
        {
        }

        protected TransformBase(IHost host, IDataView input)
        {
            host.CheckValue(input, nameof(input));
            Host = host;
            Source = input;
        }

        public IDataView Source { get; }
        public abstract DataViewSchema OutputSchema { get; }
        DataViewSchema IDataView.Schema => OutputSchema;
        public virtual bool CanShuffle => Source.CanShuffle;

        void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

        private protected abstract void SaveModel(ModelSaveContext ctx);
        public abstract long? GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            GetRowCursorCore(columnsNeeded, CanShuffle ? rand : null);

        protected abstract DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);
        public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);
    }

    /// <summary>The base of transforms with a row for each row of their source.</summary>
    internal abstract class RowToRowTransformBase : TransformBase
    {
        protected RowToRowTransformBase(IHost host, IDataView input) : base(host, input)
        {
        }

        public sealed override long? GetRowCount() => Source.GetRowCount();
    }
}

// The transform below is one of these in ML.NET; the stand-in exports to neither format.
namespace Microsoft.ML.Model.OnnxConverter
{
    internal interface ICanSaveOnnx;
    internal interface ISaveAsOnnx : ICanSaveOnnx;
    internal interface ITransformCanSaveOnnx : ISaveAsOnnx, Data.IDataTransform;
}

namespace Microsoft.ML.Model.Pfa
{
    internal interface ICanSavePfa;
    internal interface ISaveAsPfa : ICanSavePfa;
    internal interface ITransformCanSavePfa : ISaveAsPfa, Data.IDataTransform;
}
