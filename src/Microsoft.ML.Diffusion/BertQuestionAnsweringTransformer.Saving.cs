using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

public sealed partial class BertQuestionAnsweringTransformer
{
    // Called by reflection, as [assembly: LoadableClass] says.
    private static BertQuestionAnsweringTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        MLNetVersion.Check(env);
        ctx.CheckAtModel(GetVersionInfo());
        IHost host = env.Register(nameof(BertQuestionAnsweringTransformer));
        TaskModel? loaded = null;
        try
        {
            var columns = new QuestionAnsweringColumns(
                ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
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
            EncoderModel model = ModelStreams.Load(host, ctx);
            loaded = model.LoadTask(TaskKind.QuestionAnswering, EngineChoice.Of(host));
            host.CheckDecode(windows.MaxTokens <= loaded.Configuration.MaxLength, $"MaxTokens is {windows.MaxTokens} and the model's longest length {loaded.Configuration.MaxLength}. The file is damaged.");
            return new BertQuestionAnsweringTransformer(env, SharedModel<TaskModel>.Share(loaded), model.Tokenizer, columns, windows, decoder, topK, report: null);
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
        // string ids: the context, question, answer, score, answer start and no-answer margin columns
        // int: MaxTokens, StrideOverlap, MaxQuestionTokens, SpecialTokensBetween
        // int: NBest, MaxAnswerTokens; byte: AllowNoAnswer; double: NoAnswerThreshold; int: TopK
        // the model's files
        foreach (string column in (string[])[_columns.Context, _columns.Question, _columns.Answer, _columns.Score, _columns.AnswerStart, _columns.NoAnswerMargin])
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
        ModelStreams.Save(Host, ctx, held.Model, Tokenizer);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "BERTQANS",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(BertQuestionAnsweringTransformer).Assembly.FullName!);
}
