namespace GoApi.ArchitectureTests;

/// <summary>
/// A rule is a function from a subject to what is wrong with it. The tests hold it against the code; <see cref="RulesCanFail"/>
/// holds it against small types that break it, so that none passes because it sees nothing.
/// </summary>
internal static class Rule
{
    public static void Holds<T>(IEnumerable<T> subjects, Func<T, IEnumerable<string>> faults)
    {
        var all = subjects.ToArray();
        Assert.True(all.Length > 0, "The rule matches nothing.");
        var found = all.SelectMany(faults).Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.True(found.Length == 0, $"{found.Length} fault(s) in {all.Length} subject(s):\n  " + string.Join("\n  ", found));
    }
}
