using FluentValidation;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Users;

namespace GoApi.Application.ApiClients;

/// <summary>What registering and changing a client have in common.</summary>
public interface IClientFields
{
    string Name { get; }

    string? Description { get; }

    IReadOnlyList<string>? RedirectUris { get; }

    IReadOnlyList<string>? PostLogoutRedirectUris { get; }

    IReadOnlyList<string>? Scopes { get; }

    IReadOnlyList<string>? GrantTypes { get; }

    bool? RequireConsent { get; }
}

internal sealed class ClientRules : AbstractValidator<IClientFields>
{
    private const int MaxItems = 50;

    private static readonly HashSet<string> KnownScopes = [.. Scope.All.Select(scope => scope.Name)];

    public ClientRules()
    {
        RuleFor(client => client.Name).NotEmpty().MaximumLength(100);
        RuleFor(client => client.Description).MaximumLength(500);
        RuleForUris(client => client.RedirectUris);
        RuleForUris(client => client.PostLogoutRedirectUris);
        // Of the same type as in RuleForUris: FluentValidation compiles the access to a member once, for the type that asks first.
        RuleFor<IEnumerable<string>?>(client => client.RedirectUris).NotEmpty()
            .When(client => client.GrantTypes?.Contains(GrantType.AuthorizationCode) == true)
            .WithMessage("The authorization code grant needs at least one redirect URI.");
        RuleFor(client => client.Scopes).Must(scopes => scopes is null || scopes.Count <= MaxItems).WithMessage($"At most {MaxItems}.");
        RuleForEach(client => client.Scopes).Must(KnownScopes.Contains).WithMessage("There is no such scope; GET /api/v1/permissions lists them.");
        RuleFor(client => client.GrantTypes).NotEmpty();
        RuleForEach(client => client.GrantTypes).Must(GrantType.All.Contains).WithMessage($"Use {string.Join(", ", GrantType.All)}.");
        RuleFor(client => client.GrantTypes)
            .Must(grants => grants is null || !grants.Contains(GrantType.RefreshToken) || grants.Contains(GrantType.AuthorizationCode))
            .WithMessage("Refresh tokens come with the authorization code grant.");
    }

    private void RuleForUris(System.Linq.Expressions.Expression<Func<IClientFields, IEnumerable<string>?>> uris)
    {
        RuleFor(uris).Must(all => all is null || all.Count() <= MaxItems).WithMessage($"At most {MaxItems}.");
        RuleForEach(uris).Must(RedirectUri.IsAllowed)
            .WithMessage("An absolute address without a fragment is expected: https, http on a loopback address, or a private-use scheme such as com.example.app.");
    }
}

internal static class ClientFields
{
    public static ClientRegistration ToRegistration(this IClientFields client, bool isPublic) => new(
        client.Name, client.Description, Distinct(client.RedirectUris), Distinct(client.PostLogoutRedirectUris),
        Distinct(client.Scopes), Distinct(client.GrantTypes), isPublic, client.RequireConsent ?? true);

    private static string[] Distinct(IReadOnlyList<string>? items) => [.. (items ?? []).Distinct(StringComparer.Ordinal)];
}
