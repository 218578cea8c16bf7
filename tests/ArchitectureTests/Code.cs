extern alias worker;

using System.Reflection;
using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.Messaging;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.ArchitectureTests;

/// <summary>The system's own code: what is found here is what the rules are about.</summary>
internal static class Code
{
    public static readonly Assembly Domain = typeof(Aggregate).Assembly;
    public static readonly Assembly Application = typeof(Application.DependencyInjection).Assembly;
    public static readonly Assembly Infrastructure = typeof(Infrastructure.DependencyInjection).Assembly;
    public static readonly Assembly WebApi = typeof(Program).Assembly;
    public static readonly Assembly Worker = typeof(worker::Program).Assembly;

    public static readonly Assembly[] All = [Domain, Application, Infrastructure, WebApi, Worker];

    // Marks and contracts that the module's own types fulfil; nobody plugs an adapter into them.
    private static readonly Type[] NoPorts = [typeof(IUseCase<,>), typeof(IConsumer<>), typeof(IListFilter), typeof(IVersioned)];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<Type> Types(Assembly assembly) => assembly.GetTypes().Where(type => !IsGenerated(type) && !IsMigration(type));

    public static IEnumerable<Type> Aggregates => Types(Domain).Where(type => type.IsSubclassOf(typeof(Aggregate)));

    public static IEnumerable<Type> Events => Types(Domain).Where(type => type.IsClass && type.IsAssignableTo(typeof(IDomainEvent)));

    public static IEnumerable<Type> Ports => Types(Application).Where(IsPort);

    public static IEnumerable<Type> Handlers => Types(Application).Where(type => type is { IsClass: true, IsGenericType: false } && Implements(type, typeof(IUseCase<,>)));

    public static IEnumerable<Type> Consumers => Types(Application).Where(type => type is { IsClass: true, IsAbstract: false } && Implements(type, typeof(IConsumer<>)));

    public static IEnumerable<Type> Adapters => Types(Infrastructure).Where(type => type is { IsClass: true, IsAbstract: false } && type.GetInterfaces().Any(IsPort));

    public static bool IsPort(Type type) => type.IsInterface && type.Assembly == Application && !NoPorts.Contains(type.IsGenericType ? type.GetGenericTypeDefinition() : type);

    public static bool Implements(Type type, Type open) => type.GetInterfaces().Any(port => port.IsGenericType && port.GetGenericTypeDefinition() == open);

    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>The folder below the layer; null for what composes a layer, such as <c>DependencyInjection</c> and <c>Program</c>.</summary>
    public static string? Module(Type type) => Outermost(type).Namespace?.Split('.') is ["GoApi", _, var module, ..] ? module : null;

    public static string Layer(Type type) => type.Assembly.GetName().Name!["GoApi.".Length..];

    public static bool IsOurs(Type type) => All.Contains(type.Assembly);

    private static bool IsGenerated(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), false) || Outermost(type).Name.StartsWith('<')
        || (type.DeclaringType is { } outer && IsGenerated(outer)) || type.Namespace?.StartsWith("GoApi", StringComparison.Ordinal) == false;

    private static bool IsMigration(Type type) => type.Namespace?.Contains(".Migrations", StringComparison.Ordinal) == true;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "GoApi.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The solution is not above the tests.");
    }
}
