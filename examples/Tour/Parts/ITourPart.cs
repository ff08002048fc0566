namespace Tour.Parts;

/// <summary>A part of the tour. Each is an example of its own, and needs no other.</summary>
internal interface ITourPart
{
    /// <summary>The line above the part.</summary>
    string Title { get; }

    /// <summary>Runs the part.</summary>
    /// <param name="screen">Where it shows what it does.</param>
    /// <returns>What was done, for the line with the seconds.</returns>
    string Run(Screen screen);
}
