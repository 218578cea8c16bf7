namespace GoApi.ArchitectureTests;

/// <summary>Modules reach one another by a read port, an event or an id.</summary>
public class ModuleTests
{
    private static readonly Type[] Ours = [.. Code.All.SelectMany(Code.Types)];

    private static readonly IReadOnlySet<string> Discovered = Modules.Discover(Ours);

    [Fact]
    public void Modules_are_found() => Assert.Superset(new HashSet<string> { "Users", "Reviews" }, Discovered.ToHashSet());

    [Fact]
    public void Modules_refer_to_one_another_as_the_table_allows() => Rule.Holds(Ours, Modules.KeepsToItself(Discovered, Modules.Table));

    [Fact]
    public void Every_line_of_the_table_is_used() => Rule.Holds(Modules.Table, Modules.IsUsed(Ours, Discovered));

    [Fact]
    public void Namespaces_say_something() => Rule.Holds(Ours.Select(type => type.Namespace).OfType<string>().Distinct(), Rules.IsWellNamed);

    [Fact]
    public void Namespaces_follow_folders() => Rule.Holds(Ours.Where(type => type.Namespace is not null), type =>
        type.Namespace == $"GoApi.{Code.Layer(type)}" || type.Namespace!.StartsWith($"GoApi.{Code.Layer(type)}.", StringComparison.Ordinal) ? [] : [$"{type} is in {type.Assembly.GetName().Name}."]);

    [Fact]
    public void Folders_say_something() => Rule.Holds(
        new[] { "src", "tests" }.SelectMany(folder => Directory.GetDirectories(Path.Combine(Code.Root, folder), "*", SearchOption.AllDirectories))
            .Select(folder => Path.GetRelativePath(Code.Root, folder).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(folder => !folder.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "wwwroot")),
        Rules.IsWellNamed);
}
