using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tasks.QuestionAnswering;

/// <summary>
/// Converts questions and contexts to inputs. Consecutive questions often share a context, so the last context's tokens are cached. Not
/// thread-safe.
/// </summary>
internal sealed class QuestionEncoder(Tokenizer tokenizer, QuestionWindowOptions options)
{
    private readonly TokenList _tokens = new();
    private string? _context;
    private ContextTokens? _contextTokens;

    /// <summary>The inputs of a question, without its leading whitespace.</summary>
    public QuestionInputs Encode(AskedQuestion asked)
    {
        if (_contextTokens is null || asked.Context != _context)
        {
            _tokens.Clear();
            int lone = tokenizer.Encode(asked.Context, _tokens);
            (_context, _contextTokens) =
                (asked.Context, new ContextTokens(_tokens.Ids.ToArray(), _tokens.Starts.ToArray(), _tokens.Ends.ToArray(), lone));
        }
        _tokens.Clear();
        int loneSurrogates = tokenizer.Encode(asked.Question.AsSpan().TrimStart(), _tokens) + _contextTokens.LoneSurrogates;
        return new QuestionInputs(tokenizer, options, _tokens.Ids.ToArray(), _contextTokens, loneSurrogates);
    }
}
