using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>The parts of tokenizer.json, tokenizer_config.json and special_tokens_map.json common to all kinds of tokenizer.</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>Writes tokenizer.json.</summary>
    public static byte[] Write(
        IReadOnlyList<AddedToken> added, Action<Utf8JsonWriter> normalizer, Action<Utf8JsonWriter> preTokenizer,
        Action<Utf8JsonWriter> postProcessor, Action<Utf8JsonWriter> decoder, Action<Utf8JsonWriter> model) => Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("version", "1.0");
            writer.WriteNull("truncation");
            writer.WriteNull("padding");
            writer.WriteStartArray("added_tokens");
            foreach (AddedToken token in added)
            {
                writer.WriteStartObject();
                writer.WriteNumber("id", token.Id);
                WriteAddedToken(writer, token);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            Part("normalizer", normalizer);
            Part("pre_tokenizer", preTokenizer);
            Part("post_processor", postProcessor);
            Part("decoder", decoder);
            Part("model", model);
            writer.WriteEndObject();

            void Part(string name, Action<Utf8JsonWriter> body)
            {
                writer.WritePropertyName(name);
                body(writer);
            }
        });

    /// <summary>Writes tokenizer_config.json.</summary>
    public static byte[] WriteConfig(string tokenizerClass, IReadOnlyList<AddedToken> added, SpecialTokenNames names,
        ReadOnlySpan<(string Name, bool? Value)> flags)
    {
        (string Name, bool? Value)[] flagArray = flags.ToArray();
        return Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("tokenizer_class", tokenizerClass);
            foreach ((string name, bool? value) in flagArray)
            {
                if (value is null)
                    writer.WriteNull(name);
                else
                    writer.WriteBoolean(name, value.Value);
            }
            WriteNames(writer, names);
            writer.WriteStartObject("added_tokens_decoder");
            foreach (AddedToken token in added)
            {
                writer.WriteStartObject(token.Id.ToString(CultureInfo.InvariantCulture));
                WriteAddedToken(writer, token);
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }

    /// <summary>Writes special_tokens_map.json.</summary>
    public static byte[] WriteSpecialTokensMap(SpecialTokenNames names) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        WriteNames(writer, names);
        writer.WriteEndObject();
    });

    /// <summary>Writes a token in the format of post-processors: an array of its spelling and its id.</summary>
    public static void WriteNameAndId(Utf8JsonWriter writer, string role, string name, int id)
    {
        writer.WriteStartArray(role);
        writer.WriteStringValue(name);
        writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    private static void WriteNames(Utf8JsonWriter writer, SpecialTokenNames names)
    {
        writer.WriteString("cls_token", names.Begin);
        writer.WriteString("sep_token", names.End);
        writer.WriteString("mask_token", names.Mask);
        writer.WriteString("pad_token", names.Pad);
        writer.WriteString("unk_token", names.Unknown);
    }

    private static void WriteAddedToken(Utf8JsonWriter writer, AddedToken token)
    {
        writer.WriteString("content", token.Content);
        writer.WriteBoolean("single_word", token.SingleWord);
        writer.WriteBoolean("lstrip", token.TakesLeft);
        writer.WriteBoolean("rstrip", token.TakesRight);
        writer.WriteBoolean("normalized", false);
        writer.WriteBoolean("special", token.IsSpecial);
    }
}
