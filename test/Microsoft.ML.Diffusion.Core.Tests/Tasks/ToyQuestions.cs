using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tests.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

/// <summary>Contexts of the letters a to d that hold 12 and AB somewhere; the question "1?" asks for the one, "A?" for the other.</summary>
internal static class ToyQuestions
{
    public const string Number = "1?", Capitals = "A?";

    /// <summary>[CLS] 2 [SEP] 20 [SEP]</summary>
    public static readonly QuestionWindowOptions Windows = new() { MaxTokens = 25, MaxQuestionTokens = 2, StrideOverlap = 6 };

    public static readonly FakeTokenizer Tokenizer = new();

    /// <summary>A question by its number: its context, the answer and where that starts.</summary>
    public static (AskedQuestion Asked, string Answer, int Start) Of(int number, int length = 16)
    {
        int Draw(int index, int below) => (int)(Philox.Uniform(77, (ulong)number, (ulong)index) * below);
        char[] context = [.. Enumerable.Range(0, length).Select(i => (char)('a' + Draw(i, 4)))];
        int half = length / 2, first = Draw(length, half - 3), second = half + Draw(length + 1, half - 3);
        bool asksNumber = number % 2 == 0, numberFirst = Draw(length + 2, 2) == 0;
        int digits = numberFirst ? first : second, capitals = numberFirst ? second : first;
        "12".CopyTo(context.AsSpan(digits));
        "AB".CopyTo(context.AsSpan(capitals));
        int start = asksNumber ? digits : capitals;
        var text = new string(context);
        return (new AskedQuestion(text, asksNumber ? Number : Capitals), text.Substring(start, 2), start);
    }

    public static QuestionExamples Examples(int count, bool allowNoAnswer = false)
    {
        var examples = new QuestionExamples(Tokenizer, Windows, allowNoAnswer);
        for (int i = 0; i < count; i++)
        {
            (AskedQuestion asked, string answer, int start) = Of(i);
            examples.Add(asked, answer, start);
        }
        return examples;
    }

    public static IReadOnlyList<GoldQuestion> Golds(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => Of(i)).Select(question => new GoldQuestion(question.Asked, [question.Answer]))];

    public static TaskModel Model(string family, Engine engine, bool training = true)
    {
        using MaskedLanguageModel start = SmallModels.Create(family, CpuEngine.Shared, change: c => c with
        {
            VocabularySize = FakeTokenizer.Size, HiddenSize = 32, MaxLength = 25, InitializerRange = .15,
                Embeddings = c.Embeddings with { Width = c.Embeddings.Width is null ? null : 32, Dropout = 0 },
            Attention = c.Attention with { LocalWindow = 50, OutputDropout = .02 },
            FeedForward = c.FeedForward with { Width = 48, Dropout = .02 },
        });
        TaskModel model = EncoderCheckpoint.LoadForTask(
            TinyModels.Files(TinyModels.Save(start)), new TaskConfiguration(TaskKind.QuestionAnswering, ["start", "end"]), engine, seed: 3);
        if (training)
            model.PrepareForTraining();
        return model;
    }
}
