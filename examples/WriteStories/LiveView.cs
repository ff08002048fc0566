using System.Diagnostics;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Text;
using Spectre.Console;

namespace WriteStories;

/// <summary>Draws every step over the previous one: masks as dim blocks, tokens just written highlighted, earlier ones plain.</summary>
internal sealed class LiveView(Tokenizer tokenizer) : IDenoisingView
{
    private static readonly TimeSpan s_stepTime = TimeSpan.FromMilliseconds(40);
    private static readonly Style s_mask = new(Color.Grey, decoration: Decoration.Dim),
        s_fresh = new(Color.Yellow, decoration: Decoration.Bold);

    public void Show(string prompt, Action<IDenoisingObserver> generate) =>
        AnsiConsole.Live(new Text("")).Start(context => generate(new Observer(tokenizer, context)));

    private sealed class Observer(Tokenizer tokenizer, LiveDisplayContext context) : IDenoisingObserver
    {
        private readonly string _block = AnsiConsole.Profile.Capabilities.Unicode ? " ░░░" : " ...";
        private int[] _before = [];
        private long _drawn;

        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            if (completedSteps == 0)
                _before = tokens.ToArray();
            // A very fast step stays long enough to be seen.
            TimeSpan left = s_stepTime - Stopwatch.GetElapsedTime(_drawn);
            if (_drawn != 0 && left > TimeSpan.Zero)
                Thread.Sleep(left);
            context.UpdateTarget(Draw(completedSteps, totalSteps, tokens));
            _drawn = Stopwatch.GetTimestamp();
            tokens.CopyTo(_before);
        }

        private Panel Draw(int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            var text = new Paragraph();
            bool done = !tokens.Contains(tokenizer.MaskToken);
            foreach (TokenRun run in TokenRun.Split(tokens, done ? tokens : _before, tokenizer.MaskToken))
            {
                if (run.IsMask)
                    text.Append(string.Concat(Enumerable.Repeat(_block, run.Tokens.Length)), s_mask);
                else
                    text.Append(tokenizer.Decode(run.Tokens).ReplaceLineEndings(" "), run.IsFresh ? s_fresh : Style.Plain);
            }
            return new Panel(text) { Header = new PanelHeader($" step {completedSteps} of {totalSteps} "), Expand = true };
        }
    }
}
