using System.Reflection;

namespace GoApi.ArchitectureTests;

/// <summary>Dependencies point inwards: what an assembly refers to, and what its project asks for.</summary>
public class LayerTests
{
    private static readonly string[] Framework = ["System*", "netstandard"];

    // What EF Core, its drivers and the vendors bring must not be in a host, however convenient.
    private static readonly string[] OfHosts = [.. Framework, "GoApi.*", "Microsoft.Extensions.*", "Serilog*", "OpenTelemetry*"];

    private static readonly string[] OfWebApi =
    [
        .. OfHosts, "FluentValidation", "Microsoft.AspNetCore", "Microsoft.AspNetCore.Antiforgery", "Microsoft.AspNetCore.Authentication*", "Microsoft.AspNetCore.Authorization*",
        "Microsoft.AspNetCore.Components*", "Microsoft.AspNetCore.Connections*", "Microsoft.AspNetCore.Cors",
        "Microsoft.AspNetCore.DataProtection.Abstractions", "Microsoft.AspNetCore.DataProtection.Extensions", "Microsoft.AspNetCore.Diagnostics*", "Microsoft.AspNetCore.Hosting*", "Microsoft.AspNetCore.Html*",
        "Microsoft.AspNetCore.Http*", "Microsoft.AspNetCore.Metadata", "Microsoft.AspNetCore.Mvc*", "Microsoft.AspNetCore.OpenApi", "Microsoft.AspNetCore.Razor*", "Microsoft.AspNetCore.Routing*",
        "Microsoft.AspNetCore.Server.Kestrel*", "Microsoft.AspNetCore.StaticFiles", "Microsoft.AspNetCore.WebUtilities", "Microsoft.IdentityModel.*", "Microsoft.Net.Http.Headers",
        "Microsoft.OpenApi", "OpenIddict.*", "Scalar.AspNetCore",
    ];

    private static readonly string[] ForHosts = ["DependencyInjection", "HostPreparation", "HostRole", "MessagingTelemetry", "Outage"];

    public static TheoryData<string, string[]> Assemblies => new()
    {
        { "Domain", Framework },
        { "Application", [.. Framework, "GoApi.Domain", "FluentValidation*", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Logging.Abstractions"] },
        { "WebApi", OfWebApi },
        { "Worker", OfHosts },
    };

    public static TheoryData<string, string[]> Packages => new()
    {
        { "Application", ["FluentValidation*", "*.Abstractions"] },
        { "WebApi", ["Microsoft.AspNetCore.OpenApi", "Scalar.AspNetCore", "Serilog.AspNetCore", "OpenTelemetry.*"] },
        { "Worker", ["Serilog.AspNetCore", "OpenTelemetry.*"] },
    };

    public static TheoryData<string, string[]> Projects => new()
    {
        { "Application", ["Domain"] },
        { "Infrastructure", ["Application", "NATS.NKeys"] },
        { "WebApi", ["Infrastructure"] },
        { "Worker", ["Infrastructure"] },
    };

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_refers_to_allowed_ones_only(string layer, string[] allowed) => Rule.Holds(
        Code.All.Single(assembly => assembly.GetName().Name == $"GoApi.{layer}").GetReferencedAssemblies().Select(name => name.Name!), Rules.IsAmong(layer, allowed));

    [Theory]
    [MemberData(nameof(Packages))]
    public void Project_asks_for_allowed_packages_only(string layer, string[] allowed) =>
        Rule.Holds(Rules.Items(Project(layer), "PackageReference"), Rules.IsAmong($"The project {layer}", allowed));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_refers_to_the_layer_below_only(string layer, string[] allowed) =>
        Rule.Holds(Rules.Items(Project(layer), "ProjectReference").Select(Path.GetFileNameWithoutExtension), Rules.IsAmong($"The project {layer}", allowed)!);

    [Fact]
    public void Domain_asks_for_nothing() => Rule.Holds(
        [Project("Domain")],
        project => new[] { "PackageReference", "ProjectReference", "FrameworkReference" }.SelectMany(kind => Rules.Items(project, kind)).Select(item => $"The project Domain asks for {item}."));

    [Fact]
    public void Application_asks_for_no_framework() =>
        Rule.Holds([Project("Application")], project => Rules.Items(project, "FrameworkReference").Select(item => $"The project Application asks for {item}."));

    // Denials saves the audit entry of a denial: the request gets to no use case, or what that has begun is undone. PageEndpoints saves the
    // answer to the consent page: OAuth has no use cases (docs/decisions/0004).
    private static readonly string[] MaySave = ["Denials", "PageEndpoints"];

    [Fact]
    public void Hosts_reach_no_repository_no_aggregate_and_no_save() =>
        Rule.Holds(Code.Types(Code.WebApi).Concat(Code.Types(Code.Worker)).Where(type => !MaySave.Contains(Code.Outermost(type).Name)), Rules.ReachesNoStore);

    [Fact]
    public void Infrastructure_shows_its_options_and_what_hosts_compose_with() => Rule.Holds(
        Code.Types(Code.Infrastructure).Where(type => type.IsVisible),
        type => Code.Module(type) == "Configuration" || ForHosts.Contains(type.Name) ? [] : [$"{type} is public."]);

    [Fact]
    public void Every_package_has_a_reason_in_the_decision_records()
    {
        var reasons = File.ReadAllText(Path.Combine(Code.Root, "docs/decisions/README.md"));

        Rule.Holds(AllProjects().SelectMany(project => Rules.Items(project, "PackageReference")).Distinct(),
            package => reasons.Contains($"| {package} |", StringComparison.Ordinal) ? [] : [$"{package} is not in docs/decisions/README.md."]);
    }

    [Fact]
    public void Solution_holds_every_project()
    {
        var solution = File.ReadAllText(Path.Combine(Code.Root, "GoApi.sln"));

        Rule.Holds(AllProjects(), project => solution.Contains($@"\{Path.GetFileName(project)}""", StringComparison.Ordinal) ? [] : [$"{project} is not in GoApi.sln."]);
    }

    [Fact]
    public void Versions_are_central() => Rule.Holds(AllProjects(), project =>
        System.Xml.Linq.XDocument.Load(project).Descendants("PackageReference").Where(item => item.Attribute("Version") is not null)
            .Select(item => $"{project} gives {item.Attribute("Include")?.Value} a version of its own."));

    private static string Project(string layer) => Path.Combine(Code.Root, "src", layer, $"{layer}.csproj");

    private static IEnumerable<string> AllProjects() => new[] { "src", "tests", "compat" }
        .SelectMany(folder => Directory.GetFiles(Path.Combine(Code.Root, folder), "*.csproj", SearchOption.AllDirectories))
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
}
