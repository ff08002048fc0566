using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.NamedEntities;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class BertNamedEntityRecognitionTransformer
{
    /// <summary>The number that is written for null.</summary>
    private const int None = -1;

    private const int OutputCount = 8;

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("BERTNERS", LoaderSignature);

    // Called by reflection because of [assembly: LoadableClass].
    private static BertNamedEntityRecognitionTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, nameof(BertNamedEntityRecognitionTransformer), host => ReadSettings(host, ctx),
        static (model, engine) => model.LoadTask(TaskKind.TokenClassification, engine),
        (_, settings, model, tokenizer) =>
        {
            new TokenClassifier(model, tokenizer, settings.Options).Dispose(); // fails if the options do not fit the model
            return new BertNamedEntityRecognitionTransformer(
                env, settings.Sentence, NamedEntityOutput.FromNames(settings.Names), settings.Splitting, settings.Options,
                SharedModel<TaskModel>.Share(model), tokenizer);
        });

    private protected override void SaveSettings(ModelSaveContext ctx)
    {
        // string id: SentenceColumnName
        // int: the number of output columns; string ids: their names
        // byte: Splitting; byte: ConstrainedDecoding
        // int: BatchTokens; int: MaxLength, StrideOverlap, −1 for null
        ctx.SaveNonEmptyString(SentenceColumnName);
        ctx.Writer.Write(OutputCount);
        foreach (string name in _output.Names)
            ctx.SaveNonEmptyString(name);
        ctx.Writer.Write((byte)Splitting);
        ctx.Writer.Write((byte)(ConstrainedDecoding ? 1 : 0));
        ctx.Writer.Write(_options.BatchTokens);
        ctx.Writer.Write(_options.Windows.MaxLength ?? None);
        ctx.Writer.Write(_options.Windows.StrideOverlap ?? None);
    }

    private static (string Sentence, string[] Names, WordSplitting Splitting, TokenClassifierOptions Options) ReadSettings(IHost host,
        ModelLoadContext ctx)
    {
        string sentence = ctx.LoadNonEmptyString();
        int count = ctx.Reader.ReadInt32();
        host.CheckDecode(count == OutputCount,
            $"The saved {LoaderSignature} has {count} columns; expected {OutputCount}. The file is damaged.");
        var names = new string[count];
        for (int i = 0; i < count; i++)
            names[i] = ctx.LoadNonEmptyString();
        var splitting = (WordSplitting)ctx.Reader.ReadByte();
        host.CheckDecode(Enum.IsDefined(splitting),
            $"The saved {LoaderSignature} has the unknown word splitting {splitting}. The file is damaged.");
        var options = new TokenClassifierOptions
        {
            ConstrainedDecoding = ctx.Reader.ReadByte() != 0,
            BatchTokens = ctx.Reader.ReadInt32(),
            Windows = new LabelWindowOptions { MaxLength = ReadNumber(ctx), StrideOverlap = ReadNumber(ctx) },
        };
        return (sentence, names, splitting, options);
    }

    private static int? ReadNumber(ModelLoadContext ctx) => ctx.Reader.ReadInt32() is var number && number == None ? null : number;
}
