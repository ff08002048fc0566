using Microsoft.ML.Diffusion.Infilling;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Which lengths and places are tried.</summary>
[TestClass]
public class InfillCandidatesTests
{
    [TestMethod]
    public void All_that_there_are_are_tried_where_they_are_few()
    {
        TokenizedTemplate template = Template([new TextGap(1, 3), new TextGap(2), new TextGap(1, 2)]);
        IReadOnlyList<InfillCandidate> all = InfillCandidates.Choose(template, room: 100, most: 6);
        Assert.AreEqual("1 2 1, 1 2 2, 2 2 1, 2 2 2, 3 2 1, 3 2 2",
            string.Join(", ", all.Select(candidate => string.Join(' ', candidate.Lengths))));
        IReadOnlyList<InfillCandidate> short_ = InfillCandidates.Choose(template, room: 6, most: 6);
        Assert.AreEqual("1 2 1, 1 2 2, 2 2 1, 2 2 2, 3 2 1",
            string.Join(", ", short_.Select(candidate => string.Join(' ', candidate.Lengths))), "What there is no room for is left out.");
    }

    [TestMethod]
    public void Words_are_placed_in_all_ways_without_overlap()
    {
        TokenizedTemplate template = Template([new TextGap(3), new TextGap(4)], 2, 3);
        IReadOnlyList<InfillCandidate> all = InfillCandidates.Choose(template, room: 100, most: 100);
        // The first, of 2 tokens: 2 places in the gap of 3, 3 in that of 4. The second, of 3: 1 and 2; not both in one gap.
        Assert.AreEqual(2 * 2 + 3 * 1, all.Count);
        Assert.HasCount(all.Count, all.Select(candidate => string.Join(' ', candidate.Places)).Distinct());
        foreach (InfillCandidate candidate in all)
        {
            CollectionAssert.AreEqual(new[] { 3, 4 }, candidate.Lengths);
            Assert.AreNotEqual(candidate.Places[0].Gap, candidate.Places[1].Gap);
            Assert.IsTrue(candidate.Places.All(place => place.Offset >= 0 && place.Offset + place.Length <= candidate.Lengths[place.Gap]));
        }
        Assert.IsEmpty(InfillCandidates.Choose(Template([new TextGap(2), new TextGap(2)], 3), room: 100, most: 10));
    }

    [TestMethod]
    public void Of_too_many_each_length_is_tried_evenly()
    {
        TokenizedTemplate template = Template([new TextGap(1, 8), new TextGap(1, 64), new TextGap(5), new TextGap(1, 4)]);
        IReadOnlyList<InfillCandidate> chosen = InfillCandidates.Choose(template, room: 1000, most: 32);
        Assert.HasCount(32, chosen);
        Assert.IsTrue(chosen.GroupBy(candidate => candidate.Lengths[0]).All(group => group.Count() == 4), "4 of each of 8 lengths");
        Assert.HasCount(32, chosen.Select(candidate => candidate.Lengths[1] / 2).Distinct());
        Assert.IsTrue(chosen.GroupBy(candidate => candidate.Lengths[3]).All(group => group.Count() == 8));
        string order = string.Join(", ", chosen.Select(candidate => string.Join(' ', candidate.Lengths)));
        Assert.AreEqual(order,
            string.Join(", ", InfillCandidates.Choose(template, room: 1000, most: 32)
                .Select(candidate => string.Join(' ', candidate.Lengths))));
        Assert.IsGreaterThan(8, chosen.Select(candidate => candidate.Lengths[0] < 5 == candidate.Lengths[1] < 33).Count(isSame => isSame),
            "Lengths are not tied to one another.");
        Assert.IsGreaterThan(8, chosen.Select(candidate => candidate.Lengths[0] < 5 == candidate.Lengths[1] < 33).Count(isSame => !isSame));
    }

    [TestMethod]
    public void A_great_many_take_a_bounded_time()
    {
        TokenizedTemplate many = Template([.. Enumerable.Repeat(new TextGap(1, 1_000_000_000), 300)], 4, 4, 2, 9);
        IReadOnlyList<InfillCandidate> chosen = InfillCandidates.Choose(many, room: 500, most: 16);
        Assert.IsTrue(chosen.Count is > 0 and <= 16);
        Assert.IsTrue(chosen.All(candidate => candidate.Lengths.Sum() <= 500));
        // No gap takes the second word: found out after a bounded number of tries.
        Assert.IsEmpty(InfillCandidates.Choose(Template([.. Enumerable.Repeat(new TextGap(1, 9), 40)], 1, 10), room: 300, most: 16));
    }

    private static TokenizedTemplate Template(TextGap[] gaps, params int[] words) =>
        new(new TemplatePiece?[gaps.Length + 1], gaps,
            [.. words.Select(length => new RequiredWord("word", new int[length], new int[length]))]);
}
