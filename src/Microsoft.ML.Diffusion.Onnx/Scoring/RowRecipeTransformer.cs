using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Onnx.Scoring;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(RowRecipeTransformer), null, typeof(SignatureLoadModel), RowRecipeTransformer.UserName, RowRecipeTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>Adds a recipe's columns, row by row.</summary>
internal sealed class RowRecipeTransformer(IHostEnvironment env, RowRecipe recipe)
    : RowToRowTransformerBase(env.Register(nameof(RowRecipeTransformer)))
{
    internal const string UserName = "Inputs and outputs of an ONNX model of texts";
    internal const string LoaderSignature = "OnnxModelOfTexts";

    private static VersionInfo Version => new(
        modelSignature: "ONNXTEXT", verWrittenCur: 0x00010001, verReadableCur: 0x00010001, verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature, loaderAssemblyName: typeof(RowRecipeTransformer).Assembly.FullName!);

    // Called by reflection because of [assembly: LoadableClass].
    private static RowRecipeTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(Version);
        try
        {
            return new RowRecipeTransformer(env, RowRecipe.Load((RecipeKind)ctx.Reader.ReadByte(), ctx));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException)
        {
            throw env.ExceptDecode(exception, $"The saved {LoaderSignature} is damaged and cannot be read: {exception.Message}");
        }
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);

        // byte: the kind; what the recipe writes
        ctx.Writer.Write((byte)recipe.Kind);
        recipe.Save(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, recipe, schema);

    private void Warn(string message)
    {
        using IChannel channel = Host.Start("Score");
        channel.Warning(message);
    }

    private sealed class Mapper : MapperBase
    {
        private readonly RowRecipeTransformer _parent;
        private readonly RowRecipe _recipe;
        private readonly HashSet<int> _inputs;

        public Mapper(RowRecipeTransformer parent, RowRecipe recipe, DataViewSchema schema)
            : base(parent.Host.Register(nameof(Mapper)), schema, parent)
        {
            (_parent, _recipe) = (parent, recipe);
            _inputs = [.. recipe.Inputs.Select(input => input.Find(Host, schema).Index)];
        }

        public override Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            var getters = new Delegate[OutputColumns.Value.Length];
            disposer = static () => { };
            if (!Enumerable.Range(0, getters.Length).Any(activeOutput))
                return getters;
            RowComputation computation =
                _recipe.Start(input, [.. _recipe.Inputs.Select(column => column.Find(Host, input.Schema))], _parent.Warn);
            long computed = -1;
            for (int i = 0; i < getters.Length; i++)
            {
                if (activeOutput(i))
                    getters[i] = computation.MakeGetter(i, ComputeCurrent);
            }
            return getters;

            void ComputeCurrent()
            {
                if (input.Position == computed)
                    return;
                computed = -1; // nothing is valid if the computation fails
                computation.Compute();
                computed = input.Position;
            }
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => _recipe.Outputs;

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer) =>
            throw Host.ExceptNotSupp("Getters are created together; call CreateGetters.");

        private protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput) =>
            Enumerable.Range(0, OutputColumns.Value.Length).Any(activeOutput) ? _inputs.Contains : static _ => false;

        private protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);
    }
}
