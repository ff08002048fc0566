using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.MaskFilling;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(FillMaskTransformer), null, typeof(SignatureLoadModel), FillMaskTransformer.UserName,
    FillMaskTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="FillMaskEstimator"/>: predicts the tokens behind the masks of each row's
/// text.
/// </summary>
/// <inheritdoc/>
public sealed class FillMaskTransformer : ModelTransformerBase<MaskedLanguageModel>
{
    internal const string UserName = "Encoder for filling masks";
    internal const string LoaderSignature = "FillMask";

    private const int MostTargets = 1 << 20;

    private readonly MaskFillingColumns _columns;

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    internal FillMaskTransformer(
        IHostEnvironment env, MaskFillingColumns columns, SharedModel<MaskedLanguageModel>.Hold model, Tokenizer tokenizer,
        MaskFillingSettings settings)
        : base(env.Register(nameof(FillMaskTransformer)), model, tokenizer) =>
        (_columns, Settings) = (columns, settings);

    /// <summary>The settings for filling masks.</summary>
    public MaskFillingSettings Settings { get; }

    /// <summary>The name of the mask in texts: <c>[MASK]</c>, or <c>&lt;mask&gt;</c> for the embedded model.</summary>
    public string Mask => Tokenizer.Spell(Tokenizer.MaskToken);

    /// <summary>The output column for the candidates.</summary>
    public string OutputColumnName => _columns.Output;

    /// <summary>The input column, with texts.</summary>
    public string InputColumnName => _columns.Input;

    /// <summary>The output column for the probabilities of the candidates.</summary>
    public string ScoreColumnName => _columns.Score;

    /// <summary>The output column for the filled texts, or null.</summary>
    public string? FilledColumnName => _columns.Filled;

    /// <summary>Fills masks outside a pipeline: the same candidates as <c>Transform</c>, by mask, with their places.</summary>
    /// <param name="texts">The texts, with masks spelled as <see cref="Mask"/>.</param>
    /// <param name="cancellationToken">
    /// Checked throughout, like the transformer's <see cref="ModelTransformerBase{TModel}.CancellationToken"/>.
    /// </param>
    /// <returns>The filled texts, in order.</returns>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<FilledText> Fill(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        Host.CheckValue(texts, nameof(texts));
        return Use.Run((model, stop) =>
        {
            using var denoiser = new ModelDenoiser(model, Tokenizer.MaskToken);
            return new MaskFiller(denoiser, Tokenizer, Settings).Fill(texts, stop);
        }, cancellationToken);
    }

    private protected override string Done => "filled";

    private protected override int LargestBatch => 64;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => _columns.Added;

    private protected override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) =>
        [TextColumns.Find(Host, schema, InputColumnName, "input")];

    private protected override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed) => new MaskBatch(
        Use, Tokenizer, Settings, input.GetGetter<ReadOnlyMemory<char>>(FindInputs(input.Schema)[0]), capacity,
        warnsAtOnce: mayNotBeDisposed);

    private protected override string FindOnnxProblem() =>
        "a text may have any number of masks, and the candidates for each are looked up in the vocabulary, which a graph cannot say."
        + " SaveOnnx of the package Diffusion.ML.Onnx writes the model, whose outputs are the logits of each token.";

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("MDFILMSK", LoaderSignature);

    private protected override void SaveSettings(ModelSaveContext ctx)
    {
        // the columns
        // int: TopK, MaxLength; bool: whether there are Targets
        // if true, int: the number of Targets; string ids: the targets
        _columns.Save(ctx);
        ctx.Writer.Write(Settings.TopK);
        ctx.Writer.Write(Settings.MaxLength);
        ctx.Writer.Write(Settings.Targets is not null);
        if (Settings.Targets is null)
            return;
        ctx.Writer.Write(Settings.Targets.Count);
        foreach (string target in Settings.Targets)
            ctx.SaveNonEmptyString(target);
    }

    private static MaskFillingSettings ReadSettings(ModelLoadContext ctx)
    {
        int topK = ctx.Reader.ReadInt32(), maxLength = ctx.Reader.ReadInt32();
        string[]? targets = ctx.Reader.ReadBoolean()
            ? new string[SavedPart.ReadCount(ctx.Reader, sizeof(int), MostTargets, nameof(MaskFillingSettings.Targets))] : null;
        for (int i = 0; i < targets?.Length; i++)
            targets[i] = ctx.LoadNonEmptyString();
        return new MaskFillingSettings { TopK = topK, MaxLength = maxLength, Targets = targets };
    }

    // Called by reflection because of [assembly: LoadableClass].
    private static FillMaskTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, nameof(FillMaskTransformer),
        host => (Columns: MaskFillingColumns.Load(host, ctx), Settings: ReadSettings(ctx)),
        static (model, engine) => model.LoadMaskedLanguageModel(engine),
        (host, read, model, tokenizer) =>
        {
            host.CheckDecode(read.Settings.MaxLength <= model.Configuration.MaxLength,
                $"MaxLength is {read.Settings.MaxLength} and the model's longest length {model.Configuration.MaxLength}. The file is " +
                "damaged.");
            read.Settings.Validate(tokenizer);
            return new FillMaskTransformer(env, read.Columns, SharedModel<MaskedLanguageModel>.Share(model), tokenizer, read.Settings);
        });
}
