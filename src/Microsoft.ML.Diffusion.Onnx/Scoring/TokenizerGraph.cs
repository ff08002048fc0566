using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Onnx.Writing;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>
/// The part of a graph that turns one text, or a pair, into a model's inputs. The operators of ONNX Runtime Extensions make the tokens of
/// each text; special tokens, truncation and token types are nodes of ONNX's own, because the operators truncate no pairs.
/// </summary>
internal sealed class TokenizerGraph
{
    private readonly GraphOperators _operators;
    private readonly Tokenizer _tokenizer;
    private readonly TokenizerOperator _operator;
    private readonly int _maxLength;

    private TokenizerGraph(OnnxGraphBuilder graph, Tokenizer tokenizer, int maxLength) =>
        (_operators, _tokenizer, _maxLength, _operator) = (new(graph), tokenizer, maxLength, TokenizerOperator.For(tokenizer));

    /// <summary>Adds the nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxLength">The maximum number of tokens, special tokens included.</param>
    /// <param name="texts">The names of one or two tensors of strings, each of one element; a tensor of several fails in a run.</param>
    /// <returns>The names of the token ids, the mask and the token types, each Int64 [1 × sequence].</returns>
    /// <exception cref="NotSupportedException">The operators cannot express the tokenizer; the message says why.</exception>
    /// <exception cref="TokenizerException">The tokenizer makes no pairs.</exception>
    public static (string InputIds, string AttentionMask, string TokenTypeIds) Add(
        OnnxGraphBuilder graph, EncoderWithHead model, Tokenizer tokenizer, int maxLength, IReadOnlyList<string> texts)
    {
        var tokens = new TokenizerGraph(graph, tokenizer, maxLength);
        (string ids, string types) = texts.Count == 1
            ? tokens.Single(tokens.Encode(texts[0]))
            : tokens.Pair(tokens.Encode(texts[0]), tokens.Encode(texts[1]), PairTemplate.Of(model, tokenizer));
        string mask = tokens.Fill(1, ids, "attention_mask");
        return (tokens.Row(ids, "input_ids"), tokens.Row(mask, "attention_mask"), tokens.Row(types, "token_type_ids"));
    }

    /// <summary>The tokens of a text, without special tokens.</summary>
    private string Encode(string text)
    {
        // A tensor of two texts would be a pair to the operator, so a batch must fail before it.
        string single = _operators.Reshape(text, "text", 1);
        string[] wishes = ["tokens", .. Enumerable.Range(1, _operator.Outputs - 1).Select(i => $"unused_{i}")];
        string tokens = _operators.Graph.AddNode(_operator.Type, [single], wishes, TokenizerOperator.Domain, _operator.Attributes)[0];
        return _operators.Slice(_operators.Reshape(tokens, "tokens", -1), 1, -1, 0, "text_tokens");
    }

    private (string Ids, string Types) Single(string text)
    {
        string kept = _operators.Slice(text, 0, _maxLength - 2, 0, "kept");
        string ids = Concat("ids", _operators.Vector(_tokenizer.BeginToken), kept, _operators.Vector(_tokenizer.EndToken));
        return (ids, Fill(0, ids, "types"));
    }

    /// <summary>The longer text loses its end until both fit, as in <see cref="TextSequences"/>.</summary>
    private (string Ids, string Types) Pair(string first, string second, PairTemplate template)
    {
        int separators = template.Separators.Length, room = _maxLength - 2 - separators;
        string firstCount = Count(first), secondCount = Count(second);
        string shorter = _operators.Node("Min", "shorter", [firstCount, secondCount, _operators.Vector(room / 2)]);
        string longer = _operators.Sub(_operators.Vector(room), shorter);
        string isFirstLonger = _operators.Node("Greater", "is_first_longer", [firstCount, secondCount]);
        first = Head(first, _operators.Where(isFirstLonger, longer, shorter, "first_room"));
        second = Head(second, _operators.Where(isFirstLonger, shorter, longer, "second_room"));
        string opening = _operators.Vector(_tokenizer.BeginToken), end = _operators.Vector(_tokenizer.EndToken);
        string ids = Concat("ids", [opening, first, .. Enumerable.Repeat(end, separators), second, end]);
        string types = Concat("types", _operators.Vector(template.Opening), Fill(template.First, first, "first_types"),
            _operators.Vector(template.Separators), Fill(template.Second, second, "second_types"), _operators.Vector(template.Closing));
        return (ids, types);
    }

    private string Count(string tokens) => _operators.Node("Shape", "count", [tokens]);

    /// <summary>The first tokens, as many as a vector of one number says.</summary>
    private string Head(string tokens, string count) =>
        _operators.Node("Slice", "kept", [tokens, _operators.Vector(0), count, _operators.Vector(0)]);

    private string Fill(long value, string like, string wish) => _operators.Node("Expand", wish, [_operators.Vector(value), Count(like)]);

    private string Concat(string wish, params string[] parts) => _operators.Node("Concat", wish, parts, ("axis", 0L));

    private string Row(string values, string wish) => _operators.Reshape(values, wish, 1, -1);
}
