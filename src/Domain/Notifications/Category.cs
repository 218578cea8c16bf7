namespace GoApi.Domain.Notifications;

/// <summary>What a message is about. People choose for each category and channel whether they want it; any name will do, these are the system's own.</summary>
public static class Category
{
    public const int MaxLength = 32;

    /// <summary>Of whom an account belongs to and how it is logged in to: always sent.</summary>
    public const string Security = "security";

    public const string General = "general";
    public const string Reports = "reports";
    public const string Reviews = "reviews";
    public const string Support = "support";

    public static IReadOnlyList<string> All { get; } = [General, Reports, Reviews, Security, Support];

    /// <summary>1 to 32 of a to z, 0 to 9, '_' and '-'.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '_' or '-');
}
