using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.NamedEntities;

/// <summary>Checks options for named entities, and converts them.</summary>
internal static class NamedEntityOptions
{
    /// <summary>The output columns, with checked names.</summary>
    public static NamedEntityOutput ToOutput(this INamedEntityOptions options, IExceptionContext env)
    {
        var output = new NamedEntityOutput(
            Check(options.OutputColumnName, nameof(options.OutputColumnName), "labels"),
            Check(options.ScoreColumnName, nameof(options.ScoreColumnName), "scores"),
            Check(options.WordColumnName, nameof(options.WordColumnName), "words"),
            Check(options.EntityTypeColumnName, nameof(options.EntityTypeColumnName), "types of the entities"),
            Check(options.EntityTextColumnName, nameof(options.EntityTextColumnName), "texts of the entities"),
            Check(options.EntityStartColumnName, nameof(options.EntityStartColumnName), "start of the entities"),
            Check(options.EntityLengthColumnName, nameof(options.EntityLengthColumnName), "length of the entities"),
            Check(options.EntityScoreColumnName, nameof(options.EntityScoreColumnName), "scores of the entities"));
        string? twice = output.Names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        env.CheckUserArg(twice is null, nameof(options.OutputColumnName),
            $"Two output columns are named '{twice}'; expected a different name for each");
        return output;

        string Check(string name, string option, string values) =>
            ColumnNames.Check(env, name, option, $"the output column for the {values}");
    }

    /// <summary>Fails if the splitting is none of the enumeration's.</summary>
    public static void CheckSplitting(this INamedEntityOptions options, IExceptionContext env) => env.CheckUserArg(
        options.Splitting is null || Enum.IsDefined(options.Splitting.Value), nameof(options.Splitting),
        $"It is {options.Splitting}; expected Spaces or Punctuation, or null");

    /// <summary>The windows of a long text.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">The model.</param>
    /// <param name="longest">The maximum number of tokens of a window that is not given; null for the model's.</param>
    public static LabelWindowOptions ToWindows(this INamedEntityOptions options, OpenedModel model, int? longest = null)
    {
        var windows = new LabelWindowOptions
        {
            MaxLength = options.MaxLength == 0 ? longest : options.MaxLength, StrideOverlap = options.StrideOverlap,
        };
        windows.Validate(model.Configuration);
        return windows;
    }
}
