using System.Collections.Frozen;
using System.Reflection;

namespace GoApi.Application.Users;

/// <summary>The bundled list of passwords that attackers try first, compared in lower case.</summary>
internal static class CommonPasswords
{
    private static readonly Lazy<FrozenSet<string>> Known = new(Load);

    public static bool Contains(string password) => Known.Value.Contains(password.ToLowerInvariant());

    private static FrozenSet<string> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("GoApi.Application.Users.common-passwords.txt")
            ?? throw new InvalidOperationException("The list of common passwords is not in the assembly.");
        using var reader = new StreamReader(stream);
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line) known.Add(line);
        return known.ToFrozenSet(StringComparer.Ordinal);
    }
}
