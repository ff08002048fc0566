using System.Globalization;

namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>The text form of samplers: a name, followed by numbers, words or another sampler in parentheses.</summary>
internal static class SamplerText
{
    private const int MostCharacters = 1000; // so that nested parentheses in a damaged file do not exhaust the stack

    private static readonly (string Name, Func<Arguments, Sampler> Make)[] s_samplers =
    [
        ("Ancestral", _ => Sampler.Ancestral()),
        ("FirstHitting", _ => Sampler.FirstHitting()),
        ("TopConfidence", a => Sampler.TopConfidence(a.Number(0), a.Score())),
        ("Threshold", a => Sampler.Threshold(a.Number(.9))),
        ("Factor", a => Sampler.Factor(a.Number(1))),
        ("ReMdmCap", a => Sampler.ReMdmCap(a.Number(.008))),
        ("ReMdmRescale", a => Sampler.ReMdmRescale(a.Number(.015))),
        ("ReMdmConfidence", _ => Sampler.ReMdmConfidence()),
        ("ReMdmLoop", a => Sampler.ReMdmLoop(a.Number(.02), a.Number(.55), a.Number(.05), a.Number(.9))),
        ("MaskPredict", _ => Sampler.MaskPredict()),
        ("UniformRemask", _ => Sampler.UniformRemask()),
        ("Gibbs", a => Sampler.Gibbs(a.Whole(500), a.Whole(250), a.Whole(100))),
        ("Blocks", a => Sampler.Blocks(a.Whole(null), a.Inner())),
    ];

    /// <summary>Writes a name and its values; numbers in the shortest form that is read back exactly.</summary>
    public static string Write(string name, params ReadOnlySpan<object> values)
    {
        if (values.IsEmpty)
            return name;
        string[] texts = new string[values.Length];
        for (int i = 0; i < values.Length; i++)
            texts[i] = Convert.ToString(values[i], CultureInfo.InvariantCulture)!;
        return $"{name}({string.Join(", ", texts)})";
    }

    public static Sampler Parse(string text)
    {
        if (text.Length > MostCharacters)
            throw new ArgumentException(
                $"A sampler's text has at most {MostCharacters} characters; this one has {text.Length} and begins '{text[..40]}'.",
                nameof(text));
        string name = text.Trim();
        List<string> values = [];
        int open = name.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            if (!name.EndsWith(')'))
                throw Unknown(text);
            Split(name[(open + 1)..^1], values, text);
            name = name[..open].TrimEnd();
        }
        foreach ((string known, Func<Arguments, Sampler> make) in s_samplers)
        {
            if (!known.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            Arguments arguments = new(text, values);
            Sampler sampler = make(arguments);
            return arguments.AllRead ? sampler : throw Unknown(text);
        }
        throw Unknown(text);
    }

    /// <summary>Splits at the commas outside parentheses.</summary>
    private static void Split(string inside, List<string> values, string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= inside.Length; i++)
        {
            char c = i < inside.Length ? inside[i] : ',';
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth < 0 || i == inside.Length && depth > 0)
                throw Unknown(text);
            if (c != ',' || depth > 0)
                continue;
            values.Add(inside[start..i].Trim());
            start = i + 1;
        }
    }

    private static ArgumentException Unknown(string text) =>
        new($"There is no sampler '{text}'. Use one of {string.Join(", ", s_samplers.Select(s => s.Name))}, with values in parentheses " +
            "where it takes any, such as TopConfidence(0.5, Margin) or Blocks(32, Threshold(0.9)).", nameof(text));

    /// <summary>Values in order; those omitted at the end have defaults.</summary>
    private sealed class Arguments(string text, List<string> values)
    {
        private int _next;

        public bool AllRead => _next == values.Count;

        public double Number(double otherwise)
        {
            if (AllRead)
                return otherwise;
            return double.TryParse(values[_next++], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
                : throw Unknown(text);
        }

        public int Whole(int? otherwise)
        {
            if (AllRead)
                return otherwise ?? throw Unknown(text);
            return int.TryParse(values[_next++], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number
                : throw Unknown(text);
        }

        public ConfidenceScore Score()
        {
            if (AllRead)
                return ConfidenceScore.MaxProbability;
            string word = values[_next++];
            foreach (ConfidenceScore score in Enum.GetValues<ConfidenceScore>())
            {
                if (score.ToString().Equals(word, StringComparison.OrdinalIgnoreCase))
                    return score;
            }
            throw Unknown(text);
        }

        public Sampler Inner() => AllRead ? throw Unknown(text) : Parse(values[_next++]);
    }
}
