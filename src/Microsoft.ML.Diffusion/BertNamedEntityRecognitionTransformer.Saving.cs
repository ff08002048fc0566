using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class BertNamedEntityRecognitionTransformer
{
    /// <summary>What stands for "null" where a number may be.</summary>
    private const int None = -1;

    // Called by reflection, as [assembly: LoadableClass] says.
    private static BertNamedEntityRecognitionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        IHost host = env.Register(nameof(BertNamedEntityRecognitionTransformer));
        TaskModel? loaded = null;
        try
        {
            string sentence = ctx.LoadNonEmptyString();
            int count = ctx.Reader.ReadInt32();
            host.CheckDecode(count == OutputCount, $"The saved {LoaderSignature} has {count} columns; expected {OutputCount}. The file is damaged.");
            var names = new string[count];
            for (int i = 0; i < count; i++)
                names[i] = ctx.LoadNonEmptyString();
            var splitting = (WordSplitting)ctx.Reader.ReadByte();
            host.CheckDecode(Enum.IsDefined(splitting), $"The saved {LoaderSignature} splits texts in way {splitting}, which is not known. The file is damaged.");
            var options = new TokenClassifierOptions
            {
                ConstrainedDecoding = ctx.Reader.ReadByte() != 0,
                BatchTokens = ctx.Reader.ReadInt32(),
                Windows = new LabelWindowOptions { MaxLength = ReadNumber(ctx), StrideOverlap = ReadNumber(ctx) },
            };
            EncoderModel model = ModelStreams.Load(host, ctx);
            loaded = model.LoadTask(TaskKind.TokenClassification, EngineChoice.Of(host));
            new TokenClassifier(loaded, model.Tokenizer, options).Dispose(); // fails where the options do not fit the model
            return new BertNamedEntityRecognitionTransformer(
                env, sentence, NamedEntityOutput.FromNames(names), splitting, options, SharedModel<TaskModel>.Share(loaded), model.Tokenizer);
        }
        catch (Exception exception) when (ModelStreams.IsDamage(exception))
        {
            loaded?.Dispose();
            throw host.ExceptDecode(exception, $"The saved {LoaderSignature} cannot be read: {exception.Message}");
        }
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        using SharedModel<TaskModel>.Hold held = HoldModel();

        // *** Binary format ***
        // string id: SentenceColumnName
        // int: the number of columns that are written; string ids: their names
        // byte: Splitting; byte: ConstrainedDecoding
        // int: BatchTokens; int: MaxLength, StrideOverlap, −1 for null
        // the model's files
        ctx.SaveNonEmptyString(SentenceColumnName);
        ctx.Writer.Write(OutputCount);
        foreach (string name in _output.Names)
            ctx.SaveNonEmptyString(name);
        ctx.Writer.Write((byte)Splitting);
        ctx.Writer.Write((byte)(ConstrainedDecoding ? 1 : 0));
        ctx.Writer.Write(_options.BatchTokens);
        ctx.Writer.Write(_options.Windows.MaxLength ?? None);
        ctx.Writer.Write(_options.Windows.StrideOverlap ?? None);
        ModelStreams.Save(Host, ctx, held.Model, Tokenizer);
    }

    private const int OutputCount = 8;

    private static int? ReadNumber(ModelLoadContext ctx) => ctx.Reader.ReadInt32() is var number && number == None ? null : number;

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "BERTNERS",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(BertNamedEntityRecognitionTransformer).Assembly.FullName!);
}
