using System.Xml.Linq;

// Sums the results of test projects: the skipped tests by name with their reasons, then a line "N passed, N failed, N skipped".
// A project whose run left no results counts as a failure, and so does a run of nothing.
// usage: test-summary <folder of results> <project> ...
int passed = 0, failed = 0, skipped = 0;
foreach (string project in args[1..])
{
    string path = Path.Combine(args[0], project, "results.trx");
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
    int before = passed + failed + skipped;
    foreach (XElement result in run.Descendants(trx + "UnitTestResult"))
    {
        switch (result.Attribute("outcome")!.Value)
        {
            case "Passed":
                passed++;
                break;
            case "NotExecuted" or "Inconclusive" or "Pending":
                skipped++;
                string reason = result.Descendants(trx + "Message").FirstOrDefault()?.Value.Trim() ?? "no reason given";
                Console.WriteLine($"skipped: {classes.GetValueOrDefault(result.Attribute("testId")!.Value)}.{result.Attribute("testName")!.Value}: {reason}");
                break;
            default:
                failed++;
                break;
        }
    }
    if (passed + failed + skipped == before)
    {
        Console.WriteLine($"no tests: {project}");
        failed++;
    }
}
Console.WriteLine(skipped == 0 ? $"{passed} passed, {failed} failed" : $"{passed} passed, {failed} failed, {skipped} skipped");
return failed == 0 && passed > 0 ? 0 : 1;
