using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class BertQuestionAnsweringTransformer
{
    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("BERTQANS", LoaderSignature);

    // Called by reflection because of [assembly: LoadableClass].
    private static BertQuestionAnsweringTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, nameof(BertQuestionAnsweringTransformer), host => ReadSettings(host, ctx),
        static (model, engine) => model.LoadTask(TaskKind.QuestionAnswering, engine),
        (host, settings, model, tokenizer) =>
        {
            host.CheckDecode(settings.Windows.MaxTokens <= model.Configuration.MaxLength,
                $"MaxTokens is {settings.Windows.MaxTokens} and the model's longest length {model.Configuration.MaxLength}. The " +
                "file is damaged.");
            return new BertQuestionAnsweringTransformer(env, SharedModel<TaskModel>.Share(model), tokenizer, settings.Columns,
                settings.Windows, settings.Decoder, settings.TopK, report: null);
        });

    private protected override void SaveSettings(ModelSaveContext ctx)
    {
        // string ids: the context, question, answer, score, answer start and no-answer margin columns
        // int: MaxTokens, StrideOverlap, MaxQuestionTokens, SpecialTokensBetween
        // int: NBest, MaxAnswerTokens; byte: AllowNoAnswer; double: NoAnswerThreshold; int: TopK
        foreach (string column in (string[])[_columns.Context, _columns.Question, _columns.Answer, _columns.Score, _columns.AnswerStart,
            _columns.NoAnswerMargin])
            ctx.SaveNonEmptyString(column);
        ctx.Writer.Write(_windows.MaxTokens);
        ctx.Writer.Write(_windows.StrideOverlap);
        ctx.Writer.Write(_windows.MaxQuestionTokens);
        ctx.Writer.Write(_windows.SpecialTokensBetween);
        ctx.Writer.Write(_decoder.NBest);
        ctx.Writer.Write(_decoder.MaxAnswerTokens);
        ctx.Writer.Write((byte)(_decoder.AllowNoAnswer ? 1 : 0));
        ctx.Writer.Write(_decoder.NoAnswerThreshold);
        ctx.Writer.Write(TopK);
    }

    private static (QuestionAnsweringColumns Columns, QuestionWindowOptions Windows, SpanDecoderOptions Decoder,
        int TopK) ReadSettings(IHost host, ModelLoadContext ctx)
    {
        var columns = new QuestionAnsweringColumns(
            ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(),
            ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        var windows = new QuestionWindowOptions
        {
            MaxTokens = ctx.Reader.ReadInt32(),
            StrideOverlap = ctx.Reader.ReadInt32(),
            MaxQuestionTokens = ctx.Reader.ReadInt32(),
            SpecialTokensBetween = ctx.Reader.ReadInt32(),
        };
        windows.Validate();
        var decoder = new SpanDecoderOptions
        {
            NBest = ctx.Reader.ReadInt32(),
            MaxAnswerTokens = ctx.Reader.ReadInt32(),
            AllowNoAnswer = ctx.Reader.ReadByte() != 0,
            NoAnswerThreshold = ctx.Reader.ReadDouble(),
        };
        decoder.Validate();
        int topK = ctx.Reader.ReadInt32();
        host.CheckDecode(topK >= 1 && topK <= decoder.NBest, $"TopK is {topK} and NBest {decoder.NBest}. The file is damaged.");
        return (columns, windows, decoder, topK);
    }
}
