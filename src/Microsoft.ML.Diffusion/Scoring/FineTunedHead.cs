using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Scoring;

/// <summary>The head of a fine-tuned model as its config.json describes it, and the catalog method that applies it.</summary>
internal static class FineTunedHead
{
    private const string Text = "mlContext.Transforms.Text.";

    /// <summary>Reads the task, or fails and names the method for the model.</summary>
    /// <param name="host">Reports the error.</param>
    /// <param name="model">The model.</param>
    /// <param name="kind">The wanted task.</param>
    /// <param name="problem">The wanted problem of a sequence head; null for other tasks.</param>
    /// <returns>The task, with the wanted problem.</returns>
    /// <exception cref="ArgumentException">The head is for another task or problem.</exception>
    /// <exception cref="Checkpoints.CheckpointException">config.json is damaged.</exception>
    public static TaskConfiguration Read(IHost host, OpenedModel model, TaskKind kind, string? problem)
    {
        TaskKind? named = TaskConfiguration.FindKind(model.Json);
        TaskKind saved = named ?? kind;
        TaskConfiguration task = TaskConfiguration.Read(model.Json, saved);
        if (saved == kind && (problem is null || Has(task, problem)))
            return task with { Problem = problem };
        (string found, string advice) = saved switch
        {
            _ when named is null => ("names no task (architectures in config.json)",
                $"Use a model that was fine-tuned for it; if this one chooses a class, use {Text}ApplyTextClassification."),
            TaskKind.TokenClassification => ("labels words", $"Use {Text}ApplyNamedEntityRecognition."),
            TaskKind.QuestionAnswering => ("answers questions", $"Use {Text}ApplyQuestionAnswering."),
            _ => DescribeSequence(task),
        };
        throw host.ExceptUserArg(nameof(ScoringOptions.Model),
            $"The model in {model.Source} {found}; expected one that {Describe(kind, problem)}. {advice}");
    }

    /// <summary>
    /// Whether a sequence head has a problem. A config.json that names none leaves it to the method, as far as the number of outputs fits:
    /// several may be classes or labels, and one is a number, or a label by its sigmoid.
    /// </summary>
    private static bool Has(TaskConfiguration task, string problem)
    {
        bool isOpen = task.Problem is null || task.Problem == SingleLabelProblem.ProblemName && task.Outputs == 1;
        return problem switch
        {
            SingleLabelProblem.ProblemName => task.Problem is null or SingleLabelProblem.ProblemName && task.Outputs > 1,
            RegressionProblem.ProblemName => (isOpen || task.Problem == problem) && task.Outputs == 1,
            _ => isOpen || task.Problem == problem,
        };
    }

    private static string Describe(TaskKind kind, string? problem) => kind switch
    {
        TaskKind.TokenClassification => "labels words (token classification)",
        TaskKind.QuestionAnswering => "answers questions",
        _ => problem switch
        {
            MultiLabelProblem.ProblemName => "gives a text any number of labels",
            RegressionProblem.ProblemName => "gives a text or a pair one number",
            _ => "chooses one class of several for a text",
        },
    };

    private static (string Found, string Advice) DescribeSequence(TaskConfiguration task) => (task.Problem, task.Outputs) switch
    {
        (null or SingleLabelProblem.ProblemName, 1) => ("has one output for a text or a pair",
            $"Use {Text}ApplySentenceSimilarity for the number itself, or {Text}ApplyMultiLabelClassification for its sigmoid."),
        (null or SingleLabelProblem.ProblemName, int outputs) => ($"chooses one class of {outputs} for a text",
            $"Use {Text}ApplyTextClassification."),
        (MultiLabelProblem.ProblemName, int outputs) => ($"gives a text any number of {outputs} labels",
            $"Use {Text}ApplyMultiLabelClassification."),
        (RegressionProblem.ProblemName, 1) => ("gives a text or a pair one number", $"Use {Text}ApplySentenceSimilarity."),
        (RegressionProblem.ProblemName, int outputs) => ($"gives a text {outputs} numbers", "Only heads with one number are supported."),
        var (problem, _) => ($"has the problem_type \"{problem}\"",
            $"Correct problem_type in config.json to \"{SingleLabelProblem.ProblemName}\", \"{MultiLabelProblem.ProblemName}\" or " +
            $"\"{RegressionProblem.ProblemName}\", or remove it."),
    };
}
