namespace GoApi.ArchitectureTests;

/// <summary>One permission to refer from a module to another. A name that ends with an asterisk is a beginning; "*" is everything.</summary>
internal sealed record Allowed(string Layer, string From, string To, params string[] Types);

/// <summary>
/// Modules are discovered: a folder of Domain or Application other than their foundations is one. Below and above them,
/// other folders are technical: every module may use them, and they refer to a module only where the table says so.
/// </summary>
internal static class Modules
{
    private static readonly HashSet<string> Foundations = ["Kernel", "Abstractions"];

    // Folders that belong to a module under another name.
    private static readonly Dictionary<string, string> Aliases = new() { ["Identity"] = "Users" };

    private const string Any = "*";

    /// <summary>What is not here fails: see architecture.md, "Modules". An entry that nothing uses fails too.</summary>
    public static readonly Allowed[] Table =
    [
        // Who may what is the vocabulary of the whole system.
        new(Any, Any, "Users", "Role", "Permission", "Scope"),

        new("Application", "Reviews", "Users", "IUserDirectory"),
        // An address is an address.
        new("Application", "Notifications", "Users", "UserRules"),

        // The name of the author is read where the review is.
        new("Infrastructure", "Reviews", "Users", "AppUser"),
        // Whom a message goes to, and where, is read where the message is.
        new("Infrastructure", "Notifications", "Users", "AppUser", "UserStatus"),
        // What providers report of a message.
        new("Infrastructure", "SendGrid", "Notifications", "IDeliveryWebhook", "WebhookRequest", "DeliveryReport", "ReportKind", "Channel"),
        new("Infrastructure", "Twilio", "Notifications", "IDeliveryWebhook", "WebhookRequest", "DeliveryReport", "ReportKind", "Channel"),
        // The local mailbox knows people by their addresses only.
        new("Infrastructure", "Embedded", "Users", "AppUser", "UserEmailChange", "UserPhoneChange"),
        // ASP.NET Core Identity's context is generic in its user; everything else in the one context is discovered.
        new("Infrastructure", "Persistence", "Users", "AppUser"),
        // What an account no longer waits for is deleted with everything else that nobody asks for.
        new("Infrastructure", "BackgroundWork", "Users", "UserEmailChange", "UserPhoneChange"),
        // What Skia makes of an upload is a picture of a person.
        new("Infrastructure", "Skia", "Users", "IAvatarImages", "UserErrors"),
        // The first administrator is appointed at the start.
        new("Infrastructure", "Startup", "Users", "AppUser", "AppointAdministrator"),
        // Sessions and tokens are OpenIddict's; what they say of a person comes from Users.
        new("Infrastructure", "OpenIddict", "Users", "ISessions", "IssuedTokens", "AuthenticationMethods", "UserErrors", "IUserQueries", "UserDto", "ProfileDto", "UserStatus", "TokenReuseDetected", "ISessionQueries", "SessionDto", "SessionKind", "IBrowserSessions", "DeviceName", "IAuthorizedPrograms", "AuthorizedProgramDto", "AuthorizedClientDto", "GrantedScopeDto"),

        // The OAuth endpoints and the pages are the browser's way to the use cases of Users.
        new("WebApi", "OAuth", "Users", "ISessions", "IUserQueries", "UserDto", "UserStatus", "SignedIn", "AuthenticationMethods"),
        new("WebApi", "Pages", "Users", "IUserQueries", "UserDto", "RegisterUser", "Registration", "SignIn", "SignInWithCode", "SignedIn", "VerifyEmail", "RequestPasswordReset", "ResetPassword", "UserErrors"),
        // The pipeline tells which instance answered.
        new("WebApi", "Http", "Status", "Instance"),
    ];

    public static IReadOnlySet<string> Discover(IEnumerable<Type> types) => types
        .Where(type => Code.Layer(type) is "Domain" or "Application").Select(Code.Module).OfType<string>().Except(Foundations).ToHashSet();

    public static Func<Type, IEnumerable<string>> KeepsToItself(IReadOnlySet<string> modules, Allowed[] table) => type =>
        Crossings(type, modules).Where(crossing => !table.Any(allowed => Allows(allowed, crossing)))
            .Select(crossing => $"{crossing.Layer}: {crossing.From} refers to {crossing.To} ({type} to {crossing.Used}).");

    public static Func<Allowed, IEnumerable<string>> IsUsed(IEnumerable<Type> types, IReadOnlySet<string> modules)
    {
        var crossings = types.SelectMany(type => Crossings(type, modules)).ToArray();
        return allowed => crossings.Any(crossing => Allows(allowed, crossing)) ? [] : [$"Nothing uses {allowed.Layer}: {allowed.From} to {allowed.To} ({string.Join(", ", allowed.Types)})."];
    }

    private static IEnumerable<Crossing> Crossings(Type type, IReadOnlySet<string> modules)
    {
        if (NameOf(type) is not { } from) yield break;
        foreach (var used in References.Of(type).Where(Code.IsOurs))
            if (NameOf(used) is { } to && to != from && modules.Contains(to))
                yield return new Crossing(Code.Layer(type), from, to, Code.Outermost(used).Name);
    }

    private static string? NameOf(Type type) => Code.Module(type) is { } name ? Aliases.GetValueOrDefault(name, name) : null;

    private static bool Allows(Allowed allowed, Crossing crossing) =>
        (allowed.Layer is Any || allowed.Layer == crossing.Layer) && (allowed.From is Any || allowed.From == crossing.From)
        && allowed.To == crossing.To && allowed.Types.Any(name => Fits(name, crossing.Used));

    private static bool Fits(string pattern, string name) => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;

    private sealed record Crossing(string Layer, string From, string To, string Used);
}
