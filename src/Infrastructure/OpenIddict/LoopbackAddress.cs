using System.Text.RegularExpressions;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Native clients take whatever port is free (RFC 8252, section 7.3): of http on a loopback address the port may differ, and not a single
/// character more (RFC 9700, section 2.1). OpenIddict compares parsed addresses here, so that dot segments, escapes and other spellings would do.
/// </summary>
internal static partial class LoopbackAddress
{
    public static bool DiffersInPortOnly(string registered, string sent) =>
        Beginning().Match(registered) is { Success: true } one && Beginning().Match(sent) is { Success: true } other
        && one.Groups["before"].Value == other.Groups["before"].Value && registered[one.Length..] == sent[other.Length..]
        && Uri.TryCreate(sent, UriKind.Absolute, out _);

    [GeneratedRegex(@"^(?<before>http://(127(\.[0-9]{1,3}){3}|\[::1\]|localhost))(:[0-9]{1,5})?(?=[/?]|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex Beginning();
}
