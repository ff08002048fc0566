using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>Executors that err in one thing each when they draw tokens.</summary>
internal static class DrawFaults
{
    public static Fault[] All { get; } =
    [
        Asks("the temperature multiplies", "draw: over evenly spread", draw => draw with
        {
            Settings = draw.Settings with { Temperature = draw.Settings.Temperature == 0 ? 0 : 1 / draw.Settings.Temperature }
        }),
        Asks("temperature 0 draws as 1 does", "draw: temperature 0", draw => draw with
        {
            Settings = draw.Settings with { Temperature = draw.Settings.Temperature == 0 ? 1 : draw.Settings.Temperature }
        }),
        Asks("top-p is forgotten where there is a top-k", "draw: top-p is of what", draw => draw with
        {
            Settings = draw.Settings with { TopP = draw.Request.TopK > 0 ? 1 : draw.Settings.TopP }
        }),
        Asks("top-p leaves out the token that reaches it", "draw: of equal weights top-p", draw => draw with
        {
            Settings = draw.Settings with { TopP = draw.Settings.TopP == 1 ? 1 : Math.Max(draw.Settings.TopP - .02, 1e-9) }
        }),
        Asks("top-k keeps one too many", "draw: of equal logits", draw => draw with
        {
            Request = draw.Request with { TopK = draw.Request.TopK is 0 or int.MaxValue ? draw.Request.TopK : draw.Request.TopK + 1 }
        }),
        Asks("a row's top-k is that of the first row", "draw: each row", draw => draw with
        {
            Request = draw.Request with { TopK = draw.First.TopK }
        }),
        Asks("a row's uniform is that of the first row", "draw: each row", draw => draw with
        {
            Request = draw.Request with { Uniform = draw.First.Uniform }
        }),
        Asks("the shares of tokens go down the ids", "draw: the shares", draw => draw with
        {
            Request = draw.Request with { Uniform = 1 - draw.Request.Uniform }
        }),
        Asks("what is banned in a row is forgotten", "draw: what is banned", draw => draw with
        {
            Request = draw.Request with { Banned = -1 }
        }),
        Asks("what is banned in all rows is forgotten", "draw: what is banned", draw => draw with { Banned = [] }),
        Mirrored("of equal logits the higher ids stay in top-k", "draw: of equal logits", draw => draw.Request.TopK > 0),
        Mirrored("of equal weights the higher ids stay in top-p", "draw: of equal weights", draw => draw.Settings.TopP < 1),
        Mirrored("of equal logits the higher id is taken", "draw: temperature 0", draw => draw.Settings.Temperature == 0),
        Asks("scores and log-probabilities are those of the tempered logits", "draw: the log-probability", draw =>
            draw.Settings.Temperature == 0 ? draw : draw with
            {
                Logits = Array.ConvertAll(draw.Logits, logit => (float)(logit / draw.Settings.Temperature)),
                Settings = draw.Settings with { Temperature = 1 },
            }),
        Asks("the margin is the greatest alone", "draw: the log-probability", draw => draw with
        {
            Settings = draw.Settings with
            {
                Score = draw.Settings.Score == DrawScore.Margin ? DrawScore.MaxProbability : draw.Settings.Score
            }
        }),
        Says("a row without a token has the first", "draw: rows with a NaN", (_, drawn) => drawn.Token < 0 ? default : drawn),
        Says("beyond the end of the sums is the last id", "draw: what has no probability", (draw, drawn) =>
            draw.Request.Uniform > 1 - 1e-15 ? drawn with { Token = draw.Logits.Length - 1 } : drawn),
        Says("the token drawn is called the most likely", "draw: the log-probability", (_, drawn) =>
            drawn with { MostLikely = drawn.Token }),
        Says("the log-probability is a probability", "draw: the log-probability", (_, drawn) =>
            drawn with { LogProbability = Math.Exp(drawn.LogProbability) }),
    ];

    private static Fault Asks(
        string name, string seenBy, Func<RowDraw, RowDraw> change, Func<RowDraw, DrawnToken, DrawnToken>? result = null) =>
        new(name, seenBy, () => new Drawing(change, result ?? ((_, drawn) => drawn)));

    private static Fault Says(string name, string seenBy, Func<RowDraw, DrawnToken, DrawnToken> result) =>
        new(name, seenBy, () => new Drawing(draw => draw, result));

    /// <summary>Some draws see the ids in the opposite order, and their uniforms, so that only what is equal differs.</summary>
    private static Fault Mirrored(string name, string seenBy, Func<RowDraw, bool> which) => Asks(
        name, seenBy,
        draw => !which(draw) ? draw : draw with
        {
            Logits = [.. draw.Logits.Reverse()], Banned = Array.ConvertAll(draw.Banned, token => draw.Logits.Length - 1 - token),
            Request = draw.Request with
            {
                Uniform = 1 - draw.Request.Uniform, Banned = draw.Request.Banned < 0 ? -1 : draw.Logits.Length - 1 - draw.Request.Banned
            },
        },
        (draw, drawn) => !which(draw) || drawn.Token < 0 ? drawn : drawn with
        {
            Token = draw.Logits.Length - 1 - drawn.Token, MostLikely = draw.Logits.Length - 1 - drawn.MostLikely
        });

    /// <summary>The draw in one row.</summary>
    private sealed record RowDraw(float[] Logits, DrawSettings Settings, int[] Banned, DrawRequest Request, DrawRequest First);

    /// <summary>Changes what is requested of each row, or what is said of it.</summary>
    private sealed class Drawing(Func<RowDraw, RowDraw> change, Func<RowDraw, DrawnToken, DrawnToken> result) : ReferenceExecutor
    {
        private readonly List<int[]> _indices = [];

        public override void Reset()
        {
            _indices.Clear();
            base.Reset();
        }

        public override void Draw(
            Tensor logits, in DrawSettings settings, Indices banned, ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn)
        {
            for (int row = 0; row < logits.Rows; row++)
            {
                float[] own = new float[logits.Columns];
                Read(View(logits, row, 1), own);
                RowDraw asked = new(own, settings, _indices[banned.Index], requests[row], requests[0]), changed = change(asked);
                Tensor x = Allocate(1, own.Length);
                Write(x, changed.Logits);
                base.Draw(x, changed.Settings, WriteIndices(changed.Banned), [changed.Request], drawn.Slice(row, 1));
                drawn[row] = result(asked, drawn[row]);
            }
        }

        protected override int StoreIndices(ReadOnlySpan<int> values)
        {
            _indices.Add(values.ToArray());
            return base.StoreIndices(values);
        }
    }
}
