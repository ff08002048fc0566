namespace AnswerQuestions;

/// <summary>A row with its answers.</summary>
internal sealed class Answered
{
    public string Context { get; set; } = "";

    public string Question { get; set; } = "";

    public string[] Answers { get; set; } = [];

    public string[] Answer { get; set; } = [];

    public float[] Score { get; set; } = [];

    public int[] AnswerStart { get; set; } = [];
}
