using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Infilling;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Gaps filled by denoisers that are sums: what is chosen, and what is left alone.</summary>
[TestClass]
public class InfillerTests
{
    private static readonly InfillingSettings s_settings = new() { Steps = 4, MaxLength = 40, Seed = 1 };

    [TestMethod]
    [DataRow("MaskPredict")]
    [DataRow("TopConfidence")]
    public void The_lengths_with_the_greatest_mean_log_probability_are_kept(string sampler)
    {
        InfillingSettings settings = s_settings with { Sampler = Sampler.Parse(sampler), Temperature = 0, ShortestGap = 2, LongestGap = 5 };
        HashSet<int> chosen = [];
        foreach (string template in new[] { "ab{}c", "{3..9}", "e{2}f{1..4}g{}", "x{5}{1..2}" })
        {
            InfilledText text = Infiller(settings).Infill([template])[0];
            var parsed = TextTemplate.Parse(template);
            (double best, string expected, int calls, int candidates) = (double.NegativeInfinity, "", 0, 0);
            foreach (int[] lengths in AllLengths(parsed, settings))
            {
                string masks = parsed.Pieces[0] +
                    string.Concat(lengths.Select((length, i) => new string('#', length) + parsed.Pieces[i + 1]));
                RaggedTokens row = Row(masks);
                double[] score = [0];
                int[] count = [0];
                // The first token of a text is not a space: that is the infiller's own rule, not the loop's.
                bool[] noBlank = [.. Enumerable.Range(0, FakeTokenizer.Size).Select(id => id != FakeTokenizer.FirstCharacter)];
                bool isBare = masks[0] == '#';
                new DenoisingLoop(new FakeDenoiser(FakeTokenizer.Size, FakeTokenizer.Mask), settings, [0, 1, 2, 3, 4])
                    .Run(row, calls: count, logProbabilities: score, allowed: (_, position) => isBare && position == 1 ? noBlank : default);
                calls += count[0];
                candidates++;
                if (score[0] > best)
                    (best, expected) = (score[0], new FakeTokenizer().Decode(row[0]));
            }
            Assert.AreEqual(expected.Length, text.Text.Length,
                "No gap begins or ends with a space here, which would belong to the template.");
            Assert.AreEqual(expected, text.Text);
            Assert.AreEqual(best, text.MeanLogProbability);
            Assert.AreEqual(calls, text.Calls);
            Assert.AreEqual(candidates, text.Candidates);
            chosen.Add(text.Gaps[^1].TokenIds.Count);
        }
        Assert.IsGreaterThan(1, chosen.Count, "Different templates prefer different lengths.");
    }

    [TestMethod]
    public void With_a_perfect_denoiser_the_score_is_the_likelihood_and_the_best_is_that_of_enumeration()
    {
        // One token a step from left to right at temperature 0: the score is log p(gaps | text) / tokens.
        InfillingSettings settings =
            s_settings with { Steps = 40, Sampler = Sampler.Blocks(1, Sampler.TopConfidence()), Temperature = 0, MaxCandidates = 1000 };
        foreach (string template in new[] { "+{1..6}=*", "{1..3}=+{2..4}*", "*{4}", "=={1..2}**{1..2}++" })
        {
            InfilledText text = Chain(settings).Infill([template])[0];
            (double best, string? written) = Best(TextTemplate.Parse(template), []);
            Assert.AreEqual(best, text.MeanLogProbability, 1e-6);
            Assert.AreEqual(written, text.Text);
        }
    }

    [TestMethod]
    public void Required_words_are_placed_where_enumeration_places_them()
    {
        InfillingSettings settings =
            s_settings with { Steps = 40, Sampler = Sampler.Blocks(1, Sampler.TopConfidence()), Temperature = 0, MaxCandidates = 1000 };
        foreach ((string template, string[] words) in new (string, string[])[]
        {
            ("+{1..5}=*", ["=="]), ("{1}**{1}=+", ["+"]), ("{2..4}=+{2..4}*", ["*=", "+"]), ("={2}+", ["*="]), ("{6}", ["+", "=*", "*"]),
        })
        {
            InfilledText text = Chain(settings with { RequiredWords = words }).Infill([template])[0];
            (double best, string? written) = Best(TextTemplate.Parse(template), words);
            Assert.AreEqual(best, text.MeanLogProbability, 1e-6, template);
            Assert.AreEqual(written, text.Text.Replace(" ", "", StringComparison.Ordinal));
            foreach (string word in words)
                Assert.IsTrue(text.Gaps.Any(gap => gap.Text.Contains(word, StringComparison.Ordinal)), $"{word} in '{text.Text}'");
            Assert.AreEqual(text.Calls, Chain(settings with { RequiredWords = words }).Infill([template])[0].Calls);
        }
    }

    [TestMethod]
    public void Pieces_are_never_touched_and_masks_and_special_tokens_never_written()
    {
        string[] templates = ["Once {3} upon{2..4}a time.{1}", "{5}", " {2} \n{1}", "a{1}b{1}c", "{{x}} {4}{2}!", "no gap", "", "one {1}"];
        foreach (string sampler in AllSamplers.Texts)
        {
            FakeDenoiser denoiser = new(FakeTokenizer.Size + 3, FakeTokenizer.Mask, 0, 1, 2, 3, 4, FakeTokenizer.Size);
            Recorder recorder = new();
            InfillingSettings settings = s_settings with { Sampler = Sampler.Parse(sampler), Samples = 2, Temperature = 1.5 };
            IReadOnlyList<InfilledText> texts = new Infiller(denoiser, new FakeTokenizer(), settings).Infill(templates, recorder);
            for (int i = 0; i < texts.Count; i++)
            {
                var template = TextTemplate.Parse(templates[i / 2]);
                string expected = template.Pieces[0] +
                    string.Concat(template.Pieces.Skip(1).Select((piece, gap) => texts[i].Gaps[gap].Text + piece));
                Assert.AreEqual(expected, texts[i].Text, sampler);
                Assert.HasCount(template.Gaps.Count, texts[i].Gaps);
                Assert.IsTrue(texts[i].Gaps.SelectMany(gap => gap.TokenIds)
                    .All(id => id is >= FakeTokenizer.FirstCharacter and < FakeTokenizer.Size), sampler);
                if (template.Gaps.Count == 0)
                    Assert.AreEqual((0, 0.0, 0), (texts[i].Calls, texts[i].MeanLogProbability, texts[i].Candidates));
            }
            Dictionary<int, int[]> first = recorder.Steps.Where(step => step.Step == 0).ToDictionary(step => step.Row, step => step.Tokens);
            foreach ((int row, _, int[] tokens) in recorder.Steps)
            {
                for (int i = 0; i < tokens.Length; i++)
                    Assert.IsTrue(tokens[i] == first[row][i] || first[row][i] == FakeTokenizer.Mask, "A token that was given stays.");
            }
        }
    }

    [TestMethod]
    public void A_batch_is_what_its_templates_are_alone_and_samples_differ()
    {
        string[] templates = ["The {2..4} sat{1..3}.", "{6}", "x", "The {2..4} sat{1..3}.", "{1}{2..3} end"];
        InfillingSettings settings = s_settings with { Samples = 3, Sampler = Sampler.TopConfidence(0.5), RequiredWords = [] };
        IReadOnlyList<InfilledText> together = Infiller(settings).Infill(templates);
        Assert.HasCount(15, together);
        for (int i = 0; i < templates.Length; i++)
        {
            IReadOnlyList<InfilledText> alone = Infiller(settings with { TokenBudget = 7 }).Infill([templates[i]]);
            for (int sample = 0; sample < 3; sample++)
            {
                Assert.AreEqual(alone[sample].Text, together[3 * i + sample].Text);
                Assert.AreEqual(alone[sample].MeanLogProbability, together[3 * i + sample].MeanLogProbability);
                Assert.AreEqual(alone[sample].Calls, together[3 * i + sample].Calls);
            }
        }
        Assert.AreEqual(together[0].Text, together[9].Text, "Equal templates, equal texts.");
        Assert.AreEqual(together[0].Text, Infiller(settings with { Samples = 1 }).Infill([templates[0]])[0].Text,
            "The first sample does not depend on how many there are.");
        Assert.HasCount(3, together.Take(3).Select(text => text.Text).Distinct());
    }

    [TestMethod]
    public void Required_words_are_always_there_as_whole_words()
    {
        InfillingSettings settings =
            s_settings with { RequiredWords = ["cat", "big dog"], Samples = 2, MaxCandidates = 6, Temperature = 2 };
        foreach (string template in new[] { "The {14..20} sat", "{5..7}, and {9..12}.", "{20}", "\"{14}\" said", "a{20}b",
            "one{3..12}two{3..12}three{8..12}" })
        {
            foreach (InfilledText text in Infiller(settings with { MaxLength = 80 }).Infill([template, template]))
            {
                Assert.IsTrue(text.Candidates is > 0 and <= 6);
                foreach (string word in settings.RequiredWords)
                {
                    FilledGap gap = text.Gaps.Single(gap => gap.Text.Contains(word, StringComparison.Ordinal));
                    Assert.IsTrue(System.Text.RegularExpressions.Regex.IsMatch(text.Text,
                        $@"(?<![\p{{L}}\p{{N}}]){word}(?![\p{{L}}\p{{N}}])"), $"'{word}' in '{text.Text}'");
                }
            }
        }
    }

    [TestMethod]
    public void What_cannot_be_filled_is_refused_or_left_as_it_is()
    {
        Refused(["ok {1}", "not {x}"], s_settings, "Template 1 cannot be filled. Position 4: '{x}' is not a gap");
        Refused([new string('x', 30) + "{9}"], s_settings, "Its text has 30 tokens and its gaps at least 9, but there is room for 38");
        Refused(["none"], s_settings with { RequiredWords = ["a"] }, "It has no gap for the 1 RequiredWords");
        Refused(["{3}"], s_settings with { RequiredWords = ["abcd"] },
            "The RequiredWords have 4 tokens, but its gaps have room for 3 at most");
        Refused(["{3} {3}"], s_settings with { RequiredWords = ["abcd"] }, "No way was found to place the RequiredWords");
        Refused(["{4}x"], s_settings with { RequiredWords = ["abcd"] }, "leave a space after a gap");
        Assert.AreEqual("abcdx", Infiller(s_settings with { RequiredWords = ["abcd"] }).Infill(["{5}x"])[0].Text[..4] + "x");

        InfillingSettings lenient = s_settings with { TemplateError = TemplateError.LeaveAsIs, Samples = 2 };
        IReadOnlyList<InfilledText> texts = Infiller(lenient).Infill(["{x}", "a{2}b", "{{}}"]);
        Assert.AreEqual("{x}", texts[0].Text);
        StringAssert.Contains(texts[1].Error, "is not a gap");
        Assert.AreEqual((0, 0), (texts[0].Calls, texts[0].Gaps.Count));
        Assert.AreEqual(Infiller(lenient).Infill(["a{2}b"])[1].Text, texts[3].Text);
        Assert.IsNull(texts[3].Error);
        Assert.AreEqual("{}", texts[5].Text);
        Assert.IsNull(texts[5].Error);

        static void Refused(string[] templates, InfillingSettings settings, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Infiller(settings).Infill(templates)).Message, part);
    }

    [TestMethod]
    public void Bad_settings_say_what_was_given()
    {
        Refused(s_settings with { ShortestGap = 0 }, "ShortestGap is 0");
        Refused(s_settings with { ShortestGap = 4, LongestGap = 3 }, "LongestGap 3");
        Refused(s_settings with { MaxCandidates = 0 }, "MaxCandidates is 0");
        Refused(s_settings with { MaxLength = 2 }, "MaxLength is 2");
        Refused(s_settings with { Samples = 0 }, "Samples is 0");
        Refused(s_settings with { TemplateError = (TemplateError)4 }, "TemplateError is 4");
        Refused(s_settings with { EndOfText = 2 }, "EndOfText is 2. A text does not end within a gap");
        Refused(s_settings with { RequiredWords = null! }, "RequiredWords is null");
        Refused(s_settings with { RequiredWords = ["a "] }, "RequiredWords contains 'a '");
        Refused(s_settings with { RequiredWords = [""] }, "RequiredWords contains ''");
        Refused(s_settings with { RequiredWords = [.. Enumerable.Repeat("a", 17)] }, "17 RequiredWords");
        Refused(s_settings with { Steps = 0 }, "Steps is 0");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => new Infiller(new FakeDenoiser(50, 3), new FakeTokenizer(), s_settings)).Message, "tokenizer has 100 ids, the model 50");

        static void Refused(InfillingSettings settings, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Infiller(settings)).Message, part);
    }

    [TestMethod]
    public void Cancellation_and_non_finite_logits_stop_it()
    {
        using var source = new CancellationTokenSource();
        Recorder recorder = new() { OnEach = source.Cancel };
        Assert.ThrowsExactly<OperationCanceledException>(() => Infiller(s_settings).Infill(["a{4}"], recorder, source.Token));
        var infiller = new Infiller(new FakeDenoiser(FakeTokenizer.Size, FakeTokenizer.Mask) { NanAtCall = 2 }, new FakeTokenizer(),
            s_settings with { Sampler = Sampler.TopConfidence() });
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => infiller.Infill(["a{4}"])).Message, "At step 2");
        Assert.AreEqual(2, Infiller(s_settings).Infill(["\ud83d {1} \ude00"])[0].LoneSurrogates);
    }

    // The best of all lengths and places, each filled greedily from left to right by the chain's own sums.
    private static (double Mean, string? Text) Best(TextTemplate template, string[] words)
    {
        (double best, string? written) = (double.NegativeInfinity, null);
        foreach (int[] lengths in AllLengths(template, s_settings))
        {
            int total = template.Pieces.Sum(piece => piece.Length) + lengths.Sum();
            int[] gapOf =
                [.. Enumerable.Range(0, lengths.Length)
                    .SelectMany(gap => Enumerable.Repeat(-1, template.Pieces[gap].Length).Concat(Enumerable.Repeat(gap, lengths[gap]))),
                    .. Enumerable.Repeat(-1, template.Pieces[^1].Length)];
            char[] text =
                (template.Pieces[0] + string.Concat(lengths.Select((length, gap) => new string('#', length) + template.Pieces[gap + 1])))
                .ToCharArray();
            foreach (int[] starts in Placements(words, text, gapOf, 0))
            {
                char[] filled = [.. text];
                int[] wordPlaces = [.. words.SelectMany((word, i) => Enumerable.Range(starts[i], word.Length)).Order()];
                for (int i = 0; i < words.Length; i++)
                    words[i].CopyTo(0, filled, starts[i], words[i].Length);
                int[] free = [.. Enumerable.Range(0, total).Where(place => filled[place] == '#')];
                foreach (int place in free)
                    filled[place] = "+*=".MaxBy(symbol => Greedy(filled, place, symbol));
                string complete = new(filled);
                double mean = SymbolChain.LogLikelihood(complete, [.. wordPlaces, .. free]) / (wordPlaces.Length + free.Length);
                if (mean > best + 1e-9)
                    (best, written) = (mean, complete);
            }
        }
        return (best, written);

        static double Greedy(char[] filled, int place, char symbol)
        {
            char[] tried = [.. filled];
            tried[place] = symbol;
            int[] unknown = [.. Enumerable.Range(0, tried.Length).Where(i => tried[i] == '#')];
            string text = new string(tried).Replace('#', '+');
            // log p(symbol, unknown…) less log p(unknown… | symbol): what the symbol alone has.
            return SymbolChain.LogLikelihood(text, [place, .. unknown]) - SymbolChain.LogLikelihood(text, unknown);
        }
    }

    private static IEnumerable<int[]> Placements(string[] words, char[] text, int[] gapOf, int word)
    {
        if (word == words.Length)
        {
            yield return [];
            yield break;
        }
        for (int start = 0; start + words[word].Length <= text.Length; start++)
        {
            int length = words[word].Length;
            if (text[start] != '#' || Enumerable.Range(start, length).Any(place => text[place] != '#' || gapOf[place] != gapOf[start]))
                continue;
            char[] taken = [.. text];
            words[word].CopyTo(0, taken, start, length);
            foreach (int[] rest in Placements(words, taken, gapOf, word + 1))
                yield return [start, .. rest];
        }
    }

    private static IEnumerable<int[]> AllLengths(TextTemplate template, InfillingSettings settings)
    {
        IEnumerable<int[]> all = [[]];
        foreach (TextGap gap in template.Gaps)
        {
            (int shortest, int longest) = gap == TextGap.Default ? (settings.ShortestGap, settings.LongestGap)
                : (gap.Shortest, gap.Longest);
            all = [.. all.SelectMany(lengths => Enumerable.Range(shortest, longest - shortest + 1)
                .Select(length => (int[])[.. lengths, length]))];
        }
        return all;
    }

    private static RaggedTokens Row(string text)
    {
        RaggedTokens rows = new();
        rows.Append([FakeTokenizer.Begin, .. text.Select(c => c == '#' ? FakeTokenizer.Mask : FakeTokenizer.FirstCharacter + c - ' '),
            FakeTokenizer.End]);
        return rows;
    }

    private static Infiller Infiller(InfillingSettings settings) =>
        new(new FakeDenoiser(FakeTokenizer.Size, FakeTokenizer.Mask), new FakeTokenizer(), settings);

    private static Infiller Chain(InfillingSettings settings) => new(new SymbolChain(), new FakeTokenizer { DropsSpaces = true }, settings);
}
