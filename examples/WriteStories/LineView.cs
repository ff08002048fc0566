using System.Text;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Text;

namespace WriteStories;

/// <summary>Shows some of the steps, one per line, with masks as underscores: for output that is not a terminal.</summary>
internal sealed class LineView(Tokenizer tokenizer) : IDenoisingView
{
    private const int Lines = 6;

    public void Show(string prompt, Action<IDenoisingObserver> generate)
    {
        Console.WriteLine($"> {prompt}");
        generate(new Observer(tokenizer));
    }

    private sealed class Observer(Tokenizer tokenizer) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            bool done = !tokens.Contains(tokenizer.MaskToken);
            if (!done && completedSteps * Lines / totalSteps == (completedSteps - 1) * Lines / totalSteps && completedSteps > 0)
                return;
            var text = new StringBuilder();
            foreach (TokenRun run in TokenRun.Split(tokens, tokens, tokenizer.MaskToken))
                text.Append(run.IsMask ? string.Concat(Enumerable.Repeat(" _", run.Tokens.Length))
                    : tokenizer.Decode(run.Tokens).ReplaceLineEndings(" "));
            Console.WriteLine($"  step {completedSteps} of {totalSteps}: {text}");
        }
    }
}
