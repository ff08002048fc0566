using System.Xml.Linq;

// Sums the results of test projects: the skipped tests by name with their reasons, then a line "N passed, N failed, N skipped".
// A project that could not be run at all (skipped.txt says why), or whose tests were all skipped for
// one reason, is one line and counts once. A project whose run left no results counts as a failure, and so does a run of nothing.
// usage: test-summary <folder of results> <project> ...
int passed = 0, failed = 0, skipped = 0;
foreach (string project in args[1..])
{
    string path = Path.Combine(args[0], project, "results.trx"), skippedPath = Path.Combine(args[0], project, "skipped.txt");
    if (File.Exists(skippedPath))
    {
        Console.WriteLine($"skipped: {project}, {File.ReadAllText(skippedPath).Trim()}");
        skipped++;
        continue;
    }
    if (!File.Exists(path))
    {
        Console.WriteLine($"no results: {project} (it did not start, or it did not end)");
        failed++;
        continue;
    }
    XElement run = XDocument.Load(path).Root!;
    XNamespace trx = run.Name.Namespace;
    Dictionary<string, string> classes = run.Descendants(trx + "UnitTest").ToDictionary(
        test => test.Attribute("id")!.Value,
        test => test.Element(trx + "TestMethod")!.Attribute("className")!.Value);
    int before = passed + failed;
    var skips = new List<(string Name, string Reason)>();
    foreach (XElement result in run.Descendants(trx + "UnitTestResult"))
    {
        switch (result.Attribute("outcome")!.Value)
        {
            case "Passed":
                passed++;
                break;
            case "NotExecuted" or "Inconclusive" or "Pending":
                skips.Add((
                    $"{classes.GetValueOrDefault(result.Attribute("testId")!.Value)}.{result.Attribute("testName")!.Value}",
                    result.Descendants(trx + "Message").FirstOrDefault()?.Value.Trim() ?? "no reason given"));
                break;
            default:
                failed++;
                break;
        }
    }
    if (passed + failed == before && skips.DistinctBy(skip => skip.Reason).Count() == 1)
    {
        Console.WriteLine($"skipped: {project}, {skips[0].Reason}");
        skipped++;
        continue;
    }
    foreach ((string name, string reason) in skips)
        Console.WriteLine($"skipped: {name}: {reason}");
    skipped += skips.Count;
    if (passed + failed == before && skips.Count == 0)
    {
        Console.WriteLine($"no tests: {project}");
        failed++;
    }
}
Console.WriteLine(skipped == 0 ? $"{passed} passed, {failed} failed" : $"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 && passed > 0 ? 0 : 1;
