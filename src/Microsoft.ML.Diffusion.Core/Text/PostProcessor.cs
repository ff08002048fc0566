using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// The member <c>post_processor</c> of tokenizer.json: the tokens around a text and between two. It is read in the forms
/// <c>TemplateProcessing</c>, <c>BertProcessing</c> and <c>RobertaProcessing</c>.
/// </summary>
/// <param name="Template">The sequences.</param>
/// <param name="Opening">The opening token.</param>
/// <param name="Closing">The closing token, which also separates two texts.</param>
internal sealed record PostProcessor(SequenceTemplate Template, PostProcessor.Token Opening, PostProcessor.Token Closing)
{
    /// <summary>The place in the file, for messages.</summary>
    public const string Where = $"{TokenizerFiles.TokenizerJson}, post_processor";

    private const string Advice = "Use a model whose tokenizer is like BERT's or RoBERTa's.";

    /// <summary>Reads it.</summary>
    /// <returns>Null if it adds no token: it is absent, or ByteLevel alone.</returns>
    /// <exception cref="TokenizerException">Tokens are added elsewhere, or it is of another form.</exception>
    public static PostProcessor? Read(JsonElement? component)
    {
        if (component is not { } element)
            return null;
        string? type = Json.Text(element, "type");
        return type switch
        {
            "ByteLevel" => null,
            "Sequence" => ReadSequence(element),
            "BertProcessing" => new PostProcessor(SequenceTemplate.Bert, ReadToken(element, "cls"), ReadToken(element, "sep")),
            "RobertaProcessing" => new PostProcessor(SequenceTemplate.Roberta, ReadToken(element, "cls"), ReadToken(element, "sep")),
            "TemplateProcessing" => ReadTemplate(element),
            _ => throw new TokenizerException(
                $"{Where}: is of the type '{type}', which is not supported; expected TemplateProcessing, BertProcessing or " +
                $"RobertaProcessing, alone or in a Sequence with ByteLevel. {Advice}"),
        };
    }

    /// <summary>The family's names of the special tokens, with the tokens that open and close a text here.</summary>
    public SpecialTokenNames Names(SpecialTokenNames names) => names with { Begin = Opening.Name, End = Closing.Name };

    /// <summary>Checks that the tokens have their ids in the vocabulary.</summary>
    /// <exception cref="TokenizerException">One has another id, or none.</exception>
    public void Check(string vocabularySource, TokenTable tokens)
    {
        foreach (Token token in (ReadOnlySpan<Token>)[Opening, Closing])
        {
            int id = tokens.Find(token.Name);
            if (id < 0)
                throw new TokenizerException(
                    $"{Where}: adds the token '{Messages.Shorten(token.Name)}' with the id {token.Id}, which {vocabularySource} lacks. " +
                    $"{TokenConflict.Advice}");
            if (id != token.Id)
                throw TokenConflict.OfOneToken(token.Name, id, vocabularySource, token.Id, Where);
        }
    }

    /// <summary>Writes it as TemplateProcessing.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "TemplateProcessing");
        writer.WriteStartArray("single");
        WritePiece(writer, "SpecialToken", Opening.Name, 0);
        WritePiece(writer, "Sequence", "A", 0);
        WritePiece(writer, "SpecialToken", Closing.Name, 0);
        writer.WriteEndArray();
        writer.WriteStartArray("pair");
        if (Template.HasPairs)
        {
            WritePiece(writer, "SpecialToken", Opening.Name, Template.OpeningType);
            WritePiece(writer, "Sequence", "A", Template.FirstType);
            foreach (int type in Template.SeparatorTypes)
                WritePiece(writer, "SpecialToken", Closing.Name, type);
            WritePiece(writer, "Sequence", "B", Template.SecondType);
            WritePiece(writer, "SpecialToken", Closing.Name, Template.ClosingType);
        }
        else
        {
            WritePiece(writer, "Sequence", "A", 0);
            WritePiece(writer, "Sequence", "B", 1);
        }
        writer.WriteEndArray();
        writer.WriteStartObject("special_tokens");
        WriteSpecialToken(writer, Opening);
        if (Closing != Opening)
            WriteSpecialToken(writer, Closing);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static PostProcessor? ReadSequence(JsonElement sequence)
    {
        if (!sequence.TryGetProperty("processors", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw new TokenizerException($"{Where}: is a Sequence without an array 'processors'.");
        PostProcessor[] found = [.. list.EnumerateArray().Select(static inner => Read(inner)).OfType<PostProcessor>()];
        return found.Length > 1
            ? throw new TokenizerException(
                $"{Where}: {found.Length} parts of the Sequence add tokens, which is not supported; expected one. {Advice}")
            : found.FirstOrDefault();
    }

    private static Token ReadToken(JsonElement element, string role) =>
        element.TryGetProperty(role, out JsonElement token) && token.ValueKind == JsonValueKind.Array && token.GetArrayLength() == 2 &&
            token[0].ValueKind == JsonValueKind.String && token[1].ValueKind == JsonValueKind.Number && token[1].TryGetInt32(out int id)
            ? new Token(token[0].GetString()!, id)
            : throw new TokenizerException($"{Where}: '{role}' is not an array of a token and its id.");

    private static PostProcessor ReadTemplate(JsonElement element)
    {
        Piece[] single = ReadPieces(element, "single"), pair = ReadPieces(element, "pair");
        if (single is not [{ IsText: false } opening, { IsText: true, Name: "A" }, { IsText: false } closing])
            throw new TokenizerException(
                $"{Where}: makes of a text {Show(single)}, which is not supported; expected an opening token, the text A and a closing " +
                $"token, as in [CLS] A [SEP]. {Advice}");
        if (single.Any(static piece => piece.Type != 0))
            throw new TokenizerException(
                $"{Where}: makes of a text {Show(single, withTypes: true)}; expected the type 0 for every token of a " +
                    $"single text. {Advice}");
        bool isPair = pair.Length >= 4 && pair[0].IsToken(opening.Name) && pair[1] is { IsText: true, Name: "A" } &&
            pair[2..^2].All(piece => piece.IsToken(closing.Name)) && pair[^2] is { IsText: true, Name: "B" } &&
            pair[^1].IsToken(closing.Name);
        SequenceTemplate template = isPair
            ? new SequenceTemplate([.. pair.Select(static piece => piece.Type)])
            : SequenceTemplate.WithoutPairs(
                $"{Where}: makes of a pair of texts {Show(pair)}, which is not supported; expected the tokens of " +
                    $"{Show(single)} around both " +
                $"and between them, as in {opening.Name} A {closing.Name} B {closing.Name}. The tokenizer can be used for " +
                    "single texts; for " +
                "pairs, use a model whose tokenizer is like BERT's or RoBERTa's.");
        return new PostProcessor(template, FindToken(element, opening.Name), FindToken(element, closing.Name));
    }

    private static Piece[] ReadPieces(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw new TokenizerException($"{Where}: is a TemplateProcessing without an array '{name}'.");
        return [.. list.EnumerateArray().Select(piece => Read(piece, "SpecialToken") ?? Read(piece, "Sequence") ?? throw Bad(piece))];

        Piece? Read(JsonElement piece, string kind)
        {
            if (piece.ValueKind != JsonValueKind.Object || !piece.TryGetProperty(kind, out JsonElement content))
                return null;
            return Json.Text(content, "id") is string id && Json.WholeNumber(content, "type_id") is >= 0 and int type
                ? new Piece(kind == "Sequence", id, type)
                : throw Bad(piece);
        }

        TokenizerException Bad(JsonElement piece) => new(
            $"{Where}, {name}: {Messages.Shorten(piece.GetRawText())} is not a part of a template; expected a SpecialToken or a Sequence " +
            "with id and type_id.");
    }

    private static Token FindToken(JsonElement element, string name) =>
        element.TryGetProperty("special_tokens", out JsonElement specials) && specials.ValueKind == JsonValueKind.Object &&
            specials.TryGetProperty(name, out JsonElement special) && special.ValueKind == JsonValueKind.Object &&
            special.TryGetProperty("ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array && ids.GetArrayLength() == 1 &&
            ids[0].ValueKind == JsonValueKind.Number && ids[0].TryGetInt32(out int id) &&
            special.TryGetProperty("tokens", out JsonElement tokens) && tokens.ValueKind == JsonValueKind.Array &&
            tokens.GetArrayLength() == 1 && tokens[0].ValueKind == JsonValueKind.String
            ? new Token(tokens[0].GetString()!, id)
            : throw new TokenizerException(
                $"{Where}: special_tokens does not give '{Messages.Shorten(name)}' one id and one token, which is not supported. {Advice}");

    private static string Show(Piece[] pieces, bool withTypes = false) => pieces.Length == 0 ? "nothing"
        : string.Join(' ', pieces.Take(12).Select(piece => Messages.Shorten(piece.Name, 20) +
            (withTypes ? string.Create(CultureInfo.InvariantCulture, $":{piece.Type}") : ""))) + (pieces.Length > 12 ? " …" : "");

    private static void WritePiece(Utf8JsonWriter writer, string kind, string id, int type)
    {
        writer.WriteStartObject();
        writer.WriteStartObject(kind);
        writer.WriteString("id", id);
        writer.WriteNumber("type_id", type);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteSpecialToken(Utf8JsonWriter writer, Token token)
    {
        writer.WriteStartObject(token.Name);
        writer.WriteString("id", token.Name);
        writer.WriteStartArray("ids");
        writer.WriteNumberValue(token.Id);
        writer.WriteEndArray();
        writer.WriteStartArray("tokens");
        writer.WriteStringValue(token.Name);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A special token.</summary>
    public readonly record struct Token(string Name, int Id);

    private sealed record Piece(bool IsText, string Name, int Type)
    {
        public bool IsToken(string name) => !IsText && Name == name;
    }
}
