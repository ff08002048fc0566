using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Diffusion.Tests.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The edges of gaps with real tokenizers and random logits: spaces are neither doubled nor missing, and
/// words are not continued by chance.</summary>
[TestClass]
public class InfilledTextTests
{
    private static readonly string[] s_texts =
    [
        "The old man sat on the chair, and the cat was there.", "\"My dear,\" said she; \"it was the night before.\"",
        "One\n\ntwo  three\tfour \nfive", "It was (as they say) the end — of the day.",
    ];

    [TestMethod]
    [DataRow("embedded")]
    [DataRow("prefix")]
    [DataRow("wordpiece")]
    public void Pieces_have_the_tokens_that_they_have_in_the_text(string kind)
    {
        Tokenizer tokenizer = Get(kind);
        int checkedWords = 0;
        foreach (string text in s_texts)
        {
            TokenList tokens = new();
            tokenizer.Encode(text, tokens);
            foreach (Match word in Regex.Matches(text, @"(?<=\s)\p{L}+"))
            {
                // Words of one token each, with the space before it where the vocabulary has spaces in its tokens.
                int place = Enumerable.Range(0, tokens.Count)
                    .FirstOrDefault(i => tokens.Ends[i] == word.Index + word.Length && tokens.Starts[i] <= word.Index, -1);
                if (place < 0)
                    continue;
                int[] expected = [tokenizer.BeginToken, .. tokens.Ids, tokenizer.EndToken];
                expected[place + 1] = tokenizer.MaskToken;
                Recorder recorder = new();
                Infiller(tokenizer)
                    .Infill([TextTemplate.Escape(text[..word.Index]) + "{1}" + TextTemplate.Escape(text[(word.Index + word.Length)..])],
                        recorder);
                CollectionAssert.AreEqual(expected, recorder.Steps[0].Tokens, word.Value);
                checkedWords++;
            }
        }
        Assert.IsGreaterThan(8, checkedWords);
    }

    [TestMethod]
    [DataRow("embedded")]
    [DataRow("prefix")]
    [DataRow("small")]
    [DataRow("wordpiece")]
    public void Blanks_at_the_edges_of_gaps_are_the_templates_own(string kind)
    {
        string[] templates =
        [
            "The {3} sat on {2}.", "{2} said, \"{4}\" (see {1}) and {1..2}\n{2}\n\n{1} end", "The{3} sat", " {2} ", "one, {1} two; {1}!",
            "a — {2} — b", "{1}", "\n{2}\t{2}", "({1}, {1})", "  {1}  {1}  ",
        ];
        InfillingSettings settings = new() { Steps = 3, Temperature = 3, Samples = 6, Seed = 3 };
        IReadOnlyList<InfilledText> texts = Infiller(Get(kind), settings).Infill(templates);
        for (int i = 0; i < texts.Count; i++)
        {
            var template = TextTemplate.Parse(templates[i / 6]);
            FilledGap[] gaps = [.. texts[i].Gaps];
            Assert.AreEqual(template.Pieces[0] +
                string.Concat(template.Pieces.Skip(1).Select((piece, gap) => gaps[gap].Text + piece)), texts[i].Text);
            for (int gap = 0; gap < gaps.Length; gap++)
            {
                string before = template.Pieces[gap], after = template.Pieces[gap + 1], text = gaps[gap].Text;
                if (before.Length == 0 || char.IsWhiteSpace(before[^1]) || before[^1] is '(' or '"' or '—')
                    Assert.IsFalse(text.Length > 0 && char.IsWhiteSpace(text[0]), $"'{text}' in '{texts[i].Text}'");
                if (after.Length > 0 && !char.IsLetterOrDigit(after[0]) && after[0] != '(')
                    Assert.IsFalse(text.Length > 0 && char.IsWhiteSpace(text[^1]), $"'{text}' in '{texts[i].Text}'");
                if (before.EndsWith(' '))
                    Assert.AreNotEqual("", text, $"A space on each side of nothing in '{texts[i].Text}'");
            }
            Assert.DoesNotContain("##", texts[i].Text, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    [DataRow("embedded")]
    [DataRow("prefix")]
    [DataRow("small")]
    [DataRow("wordpiece")]
    public void Required_words_are_whole_words_as_they_were_given(string kind)
    {
        InfillingSettings settings =
            new() { Steps = 3, Temperature = 3, Samples = 3, Seed = 3, RequiredWords = ["the lowest", "Newer"], MaxCandidates = 5 };
        foreach (string template in new[] { "The {16..20} sat.", "{20}", "\"{18}\" said he", "It is{9..20} and {9..20}",
            "x {12..20}yes {12..20}", "({10..12}, {10..12})" })
        {
            IReadOnlyList<string> pieces = TextTemplate.Parse(template).Pieces;
            foreach (InfilledText text in Infiller(Get(kind), settings).Infill([template]))
            {
                foreach (string word in settings.RequiredWords)
                {
                    Assert.HasCount(1, text.Gaps.Where(gap => Regex.IsMatch(gap.Text, $@"\b{word}\b")), $"'{word}' in '{text.Text}'");
                    Assert.IsTrue(Regex.IsMatch(text.Text, $@"(?<![\p{{L}}\p{{N}}]){word}(?![\p{{L}}\p{{N}}])"),
                        $"'{word}' in '{text.Text}'");
                }
                for (int gap = 0; gap < text.Gaps.Count; gap++)
                    Assert.IsFalse(pieces[gap].EndsWith('(') ||
                        pieces[gap] == "\"" ? text.Gaps[gap].Text.StartsWith(' ') : text.Gaps[gap].Text.Length == 0, text.Text);
            }
        }
    }

    [TestMethod]
    public void WordPiece_sets_a_gap_apart_from_a_word_and_joins_it_to_a_mark()
    {
        WordPieceTokenizer tokenizer = (WordPieceTokenizer)Get("wordpiece");
        int the = tokenizer.Find("the");
        FakeDenoiser denoiser = new(tokenizer.VocabularySize, tokenizer.MaskToken, the);
        var infiller = new Infiller(denoiser, tokenizer, new InfillingSettings { Temperature = 0 });
        string[] templates = ["A {1} B", "A{1}B", "A {1}, B", "\"{1}\"", "{1}B", "A{1}"];
        CollectionAssert.AreEqual(
            new[] { "A the B", "A the B", "A the, B", "\"the\"", "the B", "A the" },
            infiller.Infill(templates).Select(text => text.Text).ToArray());
    }

    private static Infiller Infiller(Tokenizer tokenizer, InfillingSettings? settings = null) =>
        new(new FakeDenoiser(tokenizer.VocabularySize, tokenizer.MaskToken), tokenizer, settings ?? new InfillingSettings { Steps = 1 });

    private static Tokenizer Get(string kind) => kind switch
    {
        "embedded" => EncoderModel.Default.Tokenizer,
        "prefix" => WithPrefixSpace((ByteLevelBpeTokenizer)EncoderModel.Default.Tokenizer),
        "small" => TextSamples.SmallBpe(),
        _ => WordPieceTokenizer.FromFile(Encoding.UTF8.GetBytes(TextSamples.SmallVocabTxt +
            "old\nman\nsat\non\nchair\nand\ncat\nwas\nthere\nend\nit\nas\nsay\nof\nday")),
    };

    private static Tokenizer WithPrefixSpace(ByteLevelBpeTokenizer tokenizer)
    {
        TokenizerFiles files = tokenizer.ToFiles();
        return ByteLevelBpeTokenizer.FromFiles(Content("vocab.json"), Content("merges.txt"),
            tokenizer.Options with { AddPrefixSpace = true });

        byte[] Content(string name) => files.TryGet(name, out byte[]? content) ? content : throw new InvalidOperationException(name);
    }
}
