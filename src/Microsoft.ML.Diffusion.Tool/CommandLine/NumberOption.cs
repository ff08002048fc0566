using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Diffusion.Tool.CommandLine;

/// <summary>Options with a number in a range.</summary>
internal static class NumberOption
{
    /// <summary>An option with a default.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="helpName">The number's name in the help.</param>
    /// <param name="description">Its description.</param>
    /// <param name="value">The default.</param>
    /// <param name="min">The minimum.</param>
    /// <param name="max">The maximum; null for none.</param>
    public static Option<T> Of<T>(string name, string helpName, string description, T value, T min, T? max = null)
        where T : struct, INumber<T>
    {
        var option = new Option<T>(name) { HelpName = helpName, Description = description, DefaultValueFactory = _ => value };
        Check(option, min, max);
        return option;
    }

    /// <summary>An option without a default.</summary>
    /// <inheritdoc cref="Of"/>
    public static Option<T?> Optional<T>(string name, string helpName, string description, T min, T? max = null)
        where T : struct, INumber<T>
    {
        var option = new Option<T?>(name) { HelpName = helpName, Description = description };
        Check(option, min, max);
        return option;
    }

    private static void Check<T>(Option option, T min, T? max) where T : struct, INumber<T> => option.Validators.Add(result =>
    {
        if (result.Tokens is not [var token] || !T.TryParse(token.Value, CultureInfo.InvariantCulture, out T value))
            return; // the parser's own error
        if (T.IsNaN(value) || value < min || max is T most && value > most)
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture,
                $"{option.Name} is {token.Value}; expected a number from {min}{(max is T limit ? $" to {limit}" : " on")}."));
        }
    });
}
