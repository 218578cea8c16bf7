using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.ArchitectureTests;

/// <summary>The rules themselves. Each answers with a line for each fault.</summary>
internal static partial class Rules
{
    public const int MaxDependencies = 5;

    // A port speaks the caller's language: these are the only assemblies whose types it may name. IQueryable and Expression
    // are in System.Linq.Expressions, HttpContext in Microsoft.AspNetCore.Http.Abstractions: neither is here.
    private static readonly HashSet<string> SpeakableAssemblies = ["System.Private.CoreLib", "System.Private.Uri", "System.Collections", "GoApi.Domain", "GoApi.Application"];

    private static readonly HashSet<string> ForbiddenNames =
        new(["Common", "Shared", "Utils", "Util", "Helpers", "Helper", "Misc", "Models", "Services", "Managers"], StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> IsInternalAndSealed(Type type)
    {
        if (type.IsVisible) yield return $"{type} is public.";
        if (!type.IsSealed) yield return $"{type} is not sealed.";
    }

    public static IEnumerable<string> IsPublicSealedRecord(Type type)
    {
        if (!type.IsVisible || !type.IsSealed || type.GetMethod("<Clone>$") is null) yield return $"{type} is not a public sealed record.";
    }

    public static IEnumerable<string> HasFewDependencies(Type type) => type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
        .Where(constructor => constructor.GetParameters().Length > MaxDependencies)
        .Select(constructor => $"{type} has {constructor.GetParameters().Length} dependencies; more than {MaxDependencies} is two use cases.");

    public static IEnumerable<string> CallsNoUseCase(Type handler) => References.Of(handler)
        .Where(type => type != handler && Code.Implements(type, typeof(IUseCase<,>))).Select(type => $"{handler} calls {type}.")
        .Concat(handler.GetConstructors().SelectMany(constructor => constructor.GetParameters())
            .Where(parameter => parameter.ParameterType is { IsGenericType: true } port && port.GetGenericTypeDefinition() == typeof(IUseCase<,>))
            .Select(parameter => $"{handler} is given the use case {parameter.Name}."));

    public static IEnumerable<string> SpeaksItsCallersLanguage(Type port) => References.InSignaturesOf(port)
        .Where(type => !SpeakableAssemblies.Contains(type.Assembly.GetName().Name!))
        .Select(type => $"{port} speaks of {type}.");

    public static IEnumerable<string> TakesCancellationLast(Type port) => port.GetMethods()
        .Where(method => method.ReturnType.Name.StartsWith("Task", StringComparison.Ordinal) || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal))
        .Where(method => method.GetParameters() is not [.., { IsOptional: false, Name: "ct" } last] || last.ParameterType != typeof(CancellationToken))
        .Select(method => $"{port}.{method.Name} does not take \"CancellationToken ct\" as its last parameter, without a default.");

    public static Func<Type, IEnumerable<string>> HasAnAdapterAmong(IEnumerable<Type> adapters)
    {
        var all = adapters.ToArray();
        return port => all.Any(port.IsAssignableFrom) ? [] : [$"{port} has no adapter."];
    }

    public static IEnumerable<string> IsClosed(Type aggregate)
    {
        if (!aggregate.IsSealed) yield return $"{aggregate} is not sealed.";
        if (aggregate.GetConstructor(Type.EmptyTypes) is not null) yield return $"{aggregate} can be made without anything.";
        foreach (var property in aggregate.GetProperties().Where(property => property.SetMethod is { IsPublic: true }))
            yield return $"{aggregate}.{property.Name} can be set by anybody.";
        foreach (var field in aggregate.GetFields().Where(field => field is { IsLiteral: false, IsInitOnly: false }))
            yield return $"{aggregate}.{field.Name} is a public field.";
    }

    public static IEnumerable<string> IsAnEvent(Type happened)
    {
        foreach (var fault in IsPublicSealedRecord(happened)) yield return fault;

        if (happened.GetCustomAttribute<EventNameAttribute>() is not { } named) yield return $"{happened} has no [EventName].";
        else if (!EventName().IsMatch(named.Name)) yield return $"{happened} is named \"{named.Name}\"; module.what-happened.v1 is expected.";
        else if (Code.Module(happened) is { } module && !named.Name.StartsWith(Wire(module) + ".", StringComparison.Ordinal)) yield return $"{happened} of {module} is named \"{named.Name}\".";
    }

    public static IEnumerable<string> SurvivesJson(Type happened)
    {
        var original = Sample.Of(happened);
        var json = JsonSerializer.Serialize(original, happened, JsonSerializerOptions.Web);
        if (!original.Equals(JsonSerializer.Deserialize(json, happened, JsonSerializerOptions.Web))) yield return $"{happened} does not come back from {json}.";
    }

    public static IEnumerable<string> AreUnique(IEnumerable<string> names) => names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => $"{group.Key} is there {group.Count()} times.");

    public static IEnumerable<string> IsNamedConsumer(Type consumer)
    {
        if (consumer.GetCustomAttribute<ConsumerAttribute>() is not { } named)
        {
            yield return $"{consumer} has no [Consumer].";
            yield break;
        }

        if (!ConsumerName().IsMatch(named.Name)) yield return $"{consumer} is named \"{named.Name}\"; module.what-it-does is expected.";
        if (Code.Module(consumer) is { } module && !named.Name.StartsWith(Wire(module) + ".", StringComparison.Ordinal)) yield return $"{consumer} of {module} is named \"{named.Name}\".";
        if (!Lane.All.Contains(named.Lane)) yield return $"{consumer} is in the lane \"{named.Lane}\", which nobody works on.";
    }

    public static Func<string, IEnumerable<string>> IsAmong(string whose, params string[] allowed) => name =>
        allowed.Any(pattern => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : pattern.StartsWith('*') ? name.EndsWith(pattern[1..], StringComparison.Ordinal)
            : name == pattern)
            ? [] : [$"{whose} may not refer to {name}."];

    public static IEnumerable<string> IsWellNamed(string path) => path.Split('/', '.').Where(ForbiddenNames.Contains).Select(name => $"{path}: \"{name}\" says nothing.");

    public static IEnumerable<string> ReachesNoStore(Type type) => References.Of(type)
        .Where(used => used.Name.EndsWith("Repository", StringComparison.Ordinal) || used.Name == "IUnitOfWork" || used.IsSubclassOf(typeof(Aggregate)))
        .Select(used => $"{type} reaches {used}.");

    public static IEnumerable<string> NeverSaves(Type repository) => References.CallsOf(repository)
        .Where(method => method.Name.StartsWith("SaveChanges", StringComparison.Ordinal) || method.Name == "SaveAsync")
        .Select(method => $"{repository} calls {method.Name}.");

    public static IEnumerable<string> MapsFewMembers(Type profile) =>
        References.CallsOf(profile).Count(method => method.Name == "ForMember") is > 2 and var count ? [$"{profile} has {count} ForMember: write the Select."]
        : References.CallsOf(profile).Any(method => method.Name is "ReverseMap" or "ConvertUsing") ? [$"{profile} does more than project."]
        : [];

    /// <summary>Names in <c>Include</c> of one kind of item of a project.</summary>
    public static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Load(project).Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>();

    private static string Wire(string module) => JsonNamingPolicy.KebabCaseLower.ConvertName(module);

    [GeneratedRegex(@"^[a-z-]+\.[a-z-]+\.v[0-9]+\z")]
    private static partial Regex EventName();

    [GeneratedRegex(@"^[a-z-]+\.[a-z-]+\z")]
    private static partial Regex ConsumerName();
}
