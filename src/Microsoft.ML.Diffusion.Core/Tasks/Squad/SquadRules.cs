namespace Microsoft.ML.Diffusion.Tasks.Squad;

/// <summary>Which of SQuAD's two official scoring scripts is followed. They differ if a normalized answer is empty.</summary>
internal enum SquadRules
{
    /// <summary>evaluate-v1.1.py: every question has an answer; F1 is 0 if either side has no word.</summary>
    Version1,

    /// <summary>
    /// evaluate-v2.0.py: golds without a word are dropped, a question without golds has the empty answer, and F1 is 1 if neither side has a
    /// word.
    /// </summary>
    Version2,
}
