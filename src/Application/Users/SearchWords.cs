using System.Text;

namespace GoApi.Application.Users;

/// <summary>What somebody searches for, in words.</summary>
public static class SearchWords
{
    public const int MaxLength = 100;
    public const int MaxWords = 5;

    /// <summary>In lower case, each once.</summary>
    public static IReadOnlyList<string> Of(string search) =>
        [.. search.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>Trigrams need three letters or digits in a row: indexes of both databases are made of those.</summary>
    public static bool HasTrigram(string word)
    {
        var run = 0;
        foreach (var rune in word.EnumerateRunes())
            if ((run = Rune.IsLetterOrDigit(rune) ? run + 1 : 0) == 3)
                return true;
        return false;
    }

    /// <summary>No database stores a NUL or half a surrogate pair, so none finds it.</summary>
    public static bool IsText(string search)
    {
        for (var at = 0; at < search.Length; at++)
        {
            if (search[at] == '\0') return false;
            if (!char.IsSurrogate(search[at])) continue;
            if (at + 1 == search.Length || !char.IsSurrogatePair(search[at], search[at + 1])) return false;
            at++;
        }

        return true;
    }
}
