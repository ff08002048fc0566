using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The measures as lines of JSON (measures.jsonl), a table (table.md) and plots (base.svg, recommended.svg).</summary>
internal static class WritingReport
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(DirectoryInfo directory, List<MeasuredCell> cells, WritingMeasures people)
    {
        List<IGrouping<(double Temperature, double TopP), MeasuredCell>> distributions =
            [.. cells.GroupBy(cell => (cell.Cell.Temperature, cell.Cell.TopP))];
        string Path(string name) => System.IO.Path.Combine(directory.FullName, name);
        File.WriteAllLines(Path("measures.jsonl"), cells.Select(Json).Prepend(Json(people, new JsonObject { ["sampler"] = "people" })));
        var table = new StringBuilder();
        foreach (IGrouping<(double Temperature, double TopP), MeasuredCell> distribution in distributions)
        {
            WritingCell first = distribution.First().Cell;
            AppendTable(table, [.. distribution], people);
            File.WriteAllText(Path(first.IsPlain ? "base.svg" : "recommended.svg"), Plot([.. distribution], people).ToSvg());
        }
        File.WriteAllText(Path("table.md"), table.ToString());
        Console.Write(table);
    }

    private static string Json(MeasuredCell cell) => Json(cell.Measures, new JsonObject
    {
        ["sampler"] = cell.Cell.Sampler,
        ["schedule"] = cell.Cell.Schedule,
        ["steps"] = cell.Cell.Steps,
        ["temperature"] = cell.Cell.Temperature,
        ["top_p"] = cell.Cell.TopP,
        ["calls"] = Math.Round(cell.Calls, 3),
    });

    private static string Json(WritingMeasures measures, JsonObject line)
    {
        line["bits_per_character"] = Rounded(measures.BitsPerCharacter);
        line["token_entropy_bits"] = Rounded(measures.Entropy);
        line["self_bleu_4"] = Math.Round(measures.SelfBleu, 5);
        line["distinct_2"] = Math.Round(measures.Distinct2, 5);
        return line.ToJsonString(s_options);
    }

    /// <summary>An estimate and the two ends of its interval.</summary>
    private static JsonArray Rounded(Interval interval) =>
        [Math.Round(interval.Value, 5), Math.Round(interval.Low, 5), Math.Round(interval.High, 5)];

    private static void AppendTable(StringBuilder table, List<MeasuredCell> distribution, WritingMeasures people)
    {
        WritingCell first = distribution[0].Cell;
        List<MeasuredCell> references = distribution.FindAll(cell => cell.Cell.Sampler == WritingCell.Reference);
        table.AppendLine(CultureInfo.InvariantCulture, $"Temperature {first.Temperature}, top-p {first.TopP}:");
        table.AppendLine();
        table.AppendLine(
            "| sampler | steps | calls | bits per character, 3-gram | entropy, bits | self-BLEU-4 | distinct-2 | as good as " +
            "one token a step |");
        table.AppendLine("|---|---|---|---|---|---|---|---|");
        AppendRow(table, "people", "", "", people, "");
        foreach (IGrouping<string, MeasuredCell> line in distribution.GroupBy(cell => cell.Cell.Line))
        {
            MeasuredCell most = line.MaxBy(cell => cell.Calls);
            foreach (MeasuredCell cell in line.OrderBy(cell => cell.Calls))
            {
                string asGood = string.Join(", ", new[]
                {
                    references.Count > 0 && cell.Measures.IsAsGoodAs(references[0].Measures) ? "random order" : "",
                    cell != most && cell.Measures.IsAsGoodAs(most.Measures) ? "own most steps" : "",
                }.Where(words => words.Length > 0));
                AppendRow(table, $"`{cell.Cell.Line}`", $"{cell.Cell.Steps}", cell.Calls.ToString("0.0", CultureInfo.InvariantCulture),
                    cell.Measures, asGood);
            }
        }
        table.AppendLine();
        if (references.Count > 0)
            AppendFewest(table, distribution, references[0]);
    }

    private static void AppendRow(StringBuilder table, string name, string steps, string calls, WritingMeasures measures, string asGood) =>
        table.AppendLine(
        CultureInfo.InvariantCulture,
        $"| {name} | {steps} | {calls} | {measures.BitsPerCharacter.Value:F3} " +
            $"({measures.BitsPerCharacter.Low:F3}–{measures.BitsPerCharacter.High:F3}) | {measures.Entropy.Value:F3} " +
            $"({measures.Entropy.Low:F3}–{measures.Entropy.High:F3}) | {measures.SelfBleu:F3} | {measures.Distinct2:F3} | {asGood} |");

    /// <summary>Adds by which factor fewer calls give the quality of one token per step in random order.</summary>
    private static void AppendFewest(StringBuilder table, List<MeasuredCell> distribution, MeasuredCell reference)
    {
        List<MeasuredCell> asGood =
            [.. distribution.Where(cell => cell != reference && cell.Measures.IsAsGoodAs(reference.Measures)).OrderBy(cell => cell.Calls)];
        table.AppendLine(asGood.Count == 0
            ? "No other cell is as good as one token a step in random order."
            : string.Create(CultureInfo.InvariantCulture,
                $"As good as one token a step in random order ({reference.Calls:0.0} calls) with fewest calls: `{asGood[0].Cell.Line}`, " +
                $"{asGood[0].Cell.Steps} steps, {asGood[0].Calls:0.0} calls, {reference.Calls / asGood[0].Calls:0.0} times fewer."));
        table.AppendLine();
    }

    private static LinePlot Plot(List<MeasuredCell> distribution, WritingMeasures people)
    {
        WritingCell first = distribution[0].Cell;
        List<IGrouping<string, MeasuredCell>> lines = [.. distribution.GroupBy(cell => cell.Cell.Line)];
        LinePanel Panel(string label, Func<WritingMeasures, Interval> figure) => new(label, figure(people).Value, [.. lines.Select(line =>
            line.OrderBy(cell => cell.Calls).Select(cell => Point(cell.Calls, figure(cell.Measures))).ToArray())]);
        PlotPoint Point(double calls, Interval interval) => new(calls, interval.Value, interval.Low, interval.High);
        return new LinePlot(
            string.Create(CultureInfo.InvariantCulture,
                $"Texts from {(first.IsPlain ? "the model's own distribution" : "sharpened distributions")}: temperature " +
                $"{first.Temperature}, top-p {first.TopP}"),
            "calls of the denoiser for a text (mean)", [.. lines.Select(line => line.Key)], "people, held-out text",
            [Panel("bits per character under a 3-gram model", m => m.BitsPerCharacter),
                Panel("entropy of a text's tokens, bits", m => m.Entropy)]);
    }
}
