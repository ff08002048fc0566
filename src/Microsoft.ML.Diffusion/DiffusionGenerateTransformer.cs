using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(DiffusionGenerateTransformer), null, typeof(SignatureLoadModel), DiffusionGenerateTransformer.UserName, DiffusionGenerateTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>Writes a text after each row's prompt. May be shared between threads; disposing it frees the model.</summary>
public sealed partial class DiffusionGenerateTransformer : OneToOneTransformerBase, ITransformer, IDisposable
{
    internal const string UserName = "Masked-diffusion text generator";
    internal const string LoaderSignature = "DiffusionGenerate";

    private readonly MaskedLanguageModel _model;
    private readonly Tokenizer _tokenizer;

    internal DiffusionGenerateTransformer(
        IHostEnvironment env, string outputColumnName, string inputColumnName, MaskedLanguageModel model, Tokenizer tokenizer, GenerationSettings settings)
        : base(env.Register(nameof(DiffusionGenerateTransformer)), (outputColumnName, inputColumnName))
    {
        (_model, _tokenizer, Settings) = (model, tokenizer, settings);
    }

    /// <summary>How texts are written, the seed included.</summary>
    public GenerationSettings Settings { get; }

    /// <summary>The column that is written.</summary>
    public string OutputColumnName => ColumnPairs[0].outputColumnName;

    /// <summary>The column with the prompts.</summary>
    public string InputColumnName => ColumnPairs[0].inputColumnName;

    /// <summary>Writes texts after prompts outside a pipeline: the same texts that <see cref="Transform"/> gives.</summary>
    /// <param name="prompts">The prompts; each may be empty.</param>
    /// <param name="observer">Sees every denoising step.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    /// <returns>Samples texts for each prompt, prompt by prompt.</returns>
    public IReadOnlyList<GeneratedText> Generate(
        IReadOnlyList<string> prompts, IDenoisingObserver? observer = null, CancellationToken cancellationToken = default)
    {
        using var writer = new PromptWriter(Host, _model, _tokenizer, Settings);
        return writer.Write(prompts, observer, cancellationToken);
    }

    /// <summary>The input with the column of texts; rows are written in batches as they are read.</summary>
    public new IDataView Transform(IDataView input)
    {
        Host.CheckValue(input, nameof(input));
        return new GenerationDataView(Host, this, input, MakeDataTransform(input));
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    /// <summary>A transformer on a model that is loaded now.</summary>
    internal static DiffusionGenerateTransformer FromModel(IHostEnvironment env, string outputColumnName, string inputColumnName, GenerationOptions options)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(options, nameof(options));
        env.CheckValue(options.Model, nameof(options.Model));
        env.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        env.CheckNonWhiteSpace(inputColumnName, nameof(inputColumnName));
        MLNetVersion.Check(env);
        IHost host = env.Register(nameof(DiffusionGenerateTransformer));
        MaskedLanguageModel model = options.Model.LoadMaskedLanguageModel(EngineChoice.Of(host));
        try
        {
            return new DiffusionGenerateTransformer(
                env, outputColumnName, inputColumnName, model, options.Model.Tokenizer, options.ToSettings(model.Configuration, options.Seed ?? host.Rand.Next()));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes prompts for one cursor, row or call at a time.</summary>
    internal PromptWriter CreateWriter() => new(Host, _model, _tokenizer, Settings);

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        if (inputSchema[srcCol].Type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", inputSchema[srcCol].Name, "String", inputSchema[srcCol].Type.ToString()!);
    }

    IDataView ITransformer.Transform(IDataView input) => Transform(input);

    /// <summary>One row at a time, for prediction engines.</summary>
    private sealed class Mapper(DiffusionGenerateTransformer parent, DataViewSchema schema) : OneToOneMapperBase(parent.Host.Register("Mapper"), parent, schema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [new DataViewSchema.DetachedColumn(parent.OutputColumnName, TextColumns.OutputType(parent.Settings.Samples))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            PromptWriter writer = parent.CreateWriter();
            disposer = writer.Dispose;
            ValueGetter<ReadOnlyMemory<char>> getPrompt = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[0]]);
            ReadOnlyMemory<char> prompt = default;
            return GenerationColumn.MakeGetter(parent.Settings.Samples, () =>
            {
                getPrompt(ref prompt);
                return [.. writer.Write([prompt.ToString()]).Select(text => text.Text)];
            });
        }
    }
}
