using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>Checks of the column names that options hold. The messages give the option and the column to name.</summary>
internal static class ColumnNames
{
    /// <summary>Fails unless an option names a column; returns the name.</summary>
    /// <param name="env">Reports the error.</param>
    /// <param name="name">The name.</param>
    /// <param name="option">The name of the option.</param>
    /// <param name="column">The column that the option names, such as "the column with the prompts".</param>
    /// <exception cref="ArgumentException">The name is null, empty or whitespace.</exception>
    public static string Check(IExceptionContext env, string? name, string option, string column)
    {
        env.CheckUserArg(!string.IsNullOrWhiteSpace(name), option, $"{Given(name)}. Set Options.{option} to the name of {column}");
        return name!;
    }

    /// <summary>Fails if an option that may be null is set to an empty name.</summary>
    /// <param name="env">Reports the error.</param>
    /// <param name="name">The name, or null.</param>
    /// <param name="option">The name of the option.</param>
    /// <param name="column">The column that the option names.</param>
    /// <param name="nullMeans">The meaning of null.</param>
    /// <exception cref="ArgumentException">The name is empty or whitespace.</exception>
    public static void CheckOptional(IExceptionContext env, string? name, string option, string column, string nullMeans) =>
        env.CheckUserArg(
        name is null || !string.IsNullOrWhiteSpace(name), option,
        $"{Given(name)}. Set Options.{option} to the name of {column}, or to null for {nullMeans}");

    private static string Given(string? name) =>
        $"It is {(name is null ? "null" : name.Length == 0 ? "empty" : "whitespace")}; expected the name of a column";
}
