namespace FindEntities;

/// <summary>Names to put into sentences. The training names and the test names have none in common.</summary>
/// <param name="First">First names.</param>
/// <param name="Last">Last names.</param>
/// <param name="Places">Places.</param>
/// <param name="Organizations">Organizations.</param>
internal sealed record NewsNames(string[] First, string[] Last, string[] Places, string[] Organizations)
{
    /// <summary>Names for training.</summary>
    public static NewsNames ToLearn { get; } = new(
        ["Anna", "Peter", "Maria", "John", "Helen", "George", "Ruth", "Edward", "Clara", "Henry", "Alice", "Frank", "Julia", "Robert",
            "Emma", "Walter"],
        ["Baker", "Hill", "Carter", "Stone", "Marsh", "Turner", "Wood", "Foster", "Price", "Grant", "Lane", "Brooks", "Shaw",
            "Reed", "Cole", "Hart"],
        ["London", "Paris", "Vienna", "Dublin", "New York", "Rome", "Berlin", "Bristol", "Oxford", "Geneva", "Boston", "Lisbon",
            "Cape Town", "Leeds", "Madrid", "York"],
        ["Northern Bank", "Harbour Steel", "Union Railways", "City Water Board", "Hill Brothers", "Royal Paper Company", "Western Oil",
            "Green Line", "Orient Press", "Central Mills", "Marsh and Sons", "Atlantic Shipping"]);

    /// <summary>Names for measuring.</summary>
    public static NewsNames ToMeasure { get; } = new(
        ["Mary", "William", "Jane", "Charles", "Lucy", "Arthur"],
        ["Fletcher", "Moore", "Bennet", "Walker", "Mason", "Dale"],
        ["Edinburgh", "Florence", "Brighton", "San Francisco", "Athens", "Bath"],
        ["Southern Bank", "River Steel", "National Railways", "Walker Brothers", "Pacific Shipping", "Eastern Press"]);
}
