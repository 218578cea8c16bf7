using System.Text.Json;
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

    private const string NotAllowed =
        "An absolute address without a fragment is expected: https, http on a loopback address, or a private-use scheme such as com.example.app.";

    private static readonly string TooMany = $"At most {MaxItems}.";

    private static readonly HashSet<string> KnownScopes = [.. Scope.All.Select(scope => scope.Name)];

    public ClientRules()
    {
        RuleFor(client => client.Name).NotEmpty().MaximumLength(100);
        RuleFor(client => client.Description).MaximumLength(500);
        RuleFor(client => client.RedirectUris).Must(BeFew).WithMessage(TooMany);
        RuleForEach(client => client.RedirectUris).Must(RedirectUri.IsAllowed).WithMessage(NotAllowed);
        RuleFor(client => client.PostLogoutRedirectUris).Must(BeFew).WithMessage(TooMany);
        RuleForEach(client => client.PostLogoutRedirectUris).Must(RedirectUri.IsAllowed).WithMessage(NotAllowed);
        RuleFor(client => client.RedirectUris).NotEmpty()
            .When(client => client.GrantTypes?.Contains(GrantType.AuthorizationCode) == true)
            .WithMessage("The authorization code grant needs at least one redirect URI.");
        RuleFor(client => client.Scopes).Must(BeFew).WithMessage(TooMany);
        RuleForEach(client => client.Scopes).Must(KnownScopes.Contains).WithMessage("There is no such scope; /.well-known/openid-configuration lists them.");
        RuleFor(client => client.GrantTypes).NotEmpty();
        RuleForEach(client => client.GrantTypes).Must(GrantType.All.Contains).WithMessage($"Use {string.Join(", ", GrantType.All)}.");
        RuleFor(client => client.GrantTypes)
            .Must(grants => grants is null || !grants.Contains(GrantType.RefreshToken) || grants.Intersect(GrantType.OfPeople).Any())
            .WithMessage("Refresh tokens come with the authorization code or the device grant.");
    }

    private static bool BeFew(IReadOnlyList<string>? items) => items is null || items.Count <= MaxItems;
}

internal static class ClientFields
{
    public static ClientRegistration ToRegistration(this IClientFields client, bool isPublic, JsonElement? jwks) => new(
        client.Name, client.Description, Distinct(client.RedirectUris), Distinct(client.PostLogoutRedirectUris),
        Distinct(client.Scopes), Distinct(client.GrantTypes), isPublic, client.RequireConsent ?? true, jwks.IsThere() ? jwks!.Value.GetRawText() : null);

    public static bool IsThere(this JsonElement? jwks) => jwks is { ValueKind: not JsonValueKind.Null };

    /// <summary>The public keys of a client that proves itself with them (private_key_jwt, OpenID Connect Core, section 9).</summary>
    public static void AreKeys<T>(this IRuleBuilder<T, JsonElement?> jwks) => jwks.Custom((sent, context) =>
    {
        if (sent.IsThere() && ClientKeys.FaultOf(sent!.Value) is { } fault) context.AddFailure(fault);
    });

    /// <summary>The fault of grants in which the client acts by itself, where nobody could tell that it is it.</summary>
    public static string? FaultOfGrants(this IClientFields client, bool isPublic) =>
        isPublic && client.GrantTypes?.Intersect(GrantType.Confidential).ToArray() is { Length: > 0 } grants ? $"A public client cannot prove itself, and so there is no {string.Join(", ", grants)} for it." : null;

    private static string[] Distinct(IReadOnlyList<string>? items) => [.. (items ?? []).Distinct(StringComparer.Ordinal)];
}
