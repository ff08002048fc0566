namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>An answer that does not stand in its context at the place given in the file.</summary>
/// <param name="QuestionId">The question's id.</param>
/// <param name="Path">The answer's place in the file, such as <c>data[0].paragraphs[2].qas[1].answers[0]</c>.</param>
/// <param name="Text">The answer.</param>
/// <param name="AnswerStart">The file's <c>answer_start</c>, in Unicode code points.</param>
public sealed record MisplacedAnswer(string QuestionId, string Path, string Text, int AnswerStart);
