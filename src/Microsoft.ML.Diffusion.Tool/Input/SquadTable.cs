using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>The questions of a SQuAD file as a table.</summary>
internal static class SquadTable
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="TaskFileException">It is not a SQuAD file.</exception>
    public static Table Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no file '{path}'. Check the path.");
        SquadData data = SquadReader.Read(path);
        return new Table(path, ["id", "question", "context"],
            data.Questions.Select(question => (string[])[question.Id, question.Question, question.Context]));
    }
}
