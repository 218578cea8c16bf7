using System.Collections.Immutable;
using System.Globalization;
using System.Security.Claims;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>A deactivated client is refused wherever a client is named. Runs after the client has authenticated itself.</summary>
internal sealed class RefuseInactiveClient(ApplicationManager applications, TokenAudit audit) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.ClientId is not { } clientId) return;

        if (await applications.FindByClientIdAsync(clientId, context.CancellationToken) is { IsActive: false })
            context.Reject(Errors.InvalidClient, "The specified client is not active.");
        else if (!FirstParty.IsInternal(context.Transaction))
            audit.CalledBy(clientId);
    }
}

/// <summary>Decides who the tokens are for and what they may do, for every grant: from the user and the client as they are now.</summary>
internal sealed class BuildPrincipal(IUserQueries users, ApplicationManager applications, OAuthIssuer issuer, TokenAudit audit, ClientUses uses, AppDbContext db, TimeProvider time)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    private static readonly HashSet<string> Personal = [.. Scope.OpenId.Concat(Scope.Own).Select(scope => scope.Name)];

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        await NoteUseAsync(context);
        if (context.Request.IsClientCredentialsGrantType())
        {
            context.Principal = await ForClientAsync(context);
            return;
        }

        // From here on there is a user: of our own log-in, or of the code, refresh or subject token that was presented.
        var exchange = context.Request.IsTokenExchangeGrantType();
        var presented = exchange ? context.SubjectTokenPrincipal : context.Principal;
        var person = FirstParty.Person(context.Transaction);
        var userId = person?.UserId ?? (Guid.TryParse(presented?.GetClaim(Claims.Subject), out var subject) ? subject : null);
        if (userId is not { } id || await users.FindAsync(id, context.CancellationToken) is not { Status: UserStatus.Active } user)
        {
            // RFC 8693, section 2.2.2, has a code of its own for a subject that will not do.
            context.Reject(exchange ? Errors.InvalidRequest : Errors.InvalidGrant, "There is no user who may log in.");
            return;
        }

        audit.For(id);
        if (context.Request.IsRefreshTokenGrantType()) audit.Refreshing();
        if (exchange) audit.Exchanging();
        var granted = await GrantAsync(context, presented, user.Role);
        if (exchange && granted.IsEmpty)
        {
            context.Reject(Errors.InvalidScope, "The subject token and the client do not both have what was asked for.");
            return;
        }

        var principal = Principal(id.ToString(), granted);
        if (exchange) TokenExchange.Bind(principal, presented!, context.ActorTokenPrincipal?.GetClaim(Claims.Subject) ?? context.ClientId!, time.GetUtcNow());
        principal.SetClaim(Claims.Role, user.Role.ToString().ToLowerInvariant());
        var authenticatedAt = presented?.GetClaim(Claims.AuthenticationTime) ?? time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        principal.SetClaim(Claims.AuthenticationTime, long.Parse(authenticatedAt, CultureInfo.InvariantCulture));
        principal.SetClaims(Claims.AuthenticationMethodReference, person is null ? presented!.GetClaims(Claims.AuthenticationMethodReference) : [.. person.Methods.References]);
        principal.SetDestinations(claim => claim.Type switch
        {
            Claims.Role or TokenExchange.Actor => [Destinations.AccessToken],
            Claims.AuthenticationTime => [Destinations.IdentityToken],
            Claims.AuthenticationMethodReference => [Destinations.AccessToken, Destinations.IdentityToken],
            _ => [],
        });
        context.Principal = principal;
    }

    // Never more than the user's role has now, whatever it had when the presented token was issued.
    private async Task<ImmutableArray<string>> GrantAsync(HandleTokenRequestContext context, ClaimsPrincipal? presented, Role role)
    {
        var ofRole = Scope.OfFirstPartyLogin(role);
        var exchange = context.Request.IsTokenExchangeGrantType();
        if (presented is null || !exchange && presented.HasPresenter(FirstParty.ClientId)) return [.. ofRole];

        var held = presented.GetScopes().Where(scope => Personal.Contains(scope) || ofRole.Contains(scope)).ToImmutableArray();
        return exchange ? TokenExchange.Narrow(held, await ScopesOfAsync(context.ClientId!, context.CancellationToken), context.Request.GetScopes()) : held;
    }

    // No user, so no role: what an administrator granted to the client decides alone.
    private async Task<ClaimsPrincipal> ForClientAsync(HandleTokenRequestContext context)
    {
        var scopes = context.Request.GetScopes();
        if (scopes.IsEmpty) scopes = [.. await ScopesOfAsync(context.ClientId!, context.CancellationToken)];
        return Principal(context.ClientId!, [.. scopes.Where(scope => scope is not (Scopes.OpenId or Scopes.OfflineAccess))]);
    }

    private ClaimsPrincipal Principal(string subject, ImmutableArray<string> scopes)
    {
        var identity = new ClaimsIdentity("goapi", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, subject).SetScopes(scopes).SetResources(issuer.Audience);
        return new ClaimsPrincipal(identity);
    }

    private async Task<HashSet<string>> ScopesOfAsync(string clientId, CancellationToken ct)
    {
        var application = await applications.FindByClientIdAsync(clientId, ct);
        return [.. (await applications.GetPermissionsAsync(application!, ct))
            .Where(permission => permission.StartsWith(Permissions.Prefixes.Scope, StringComparison.Ordinal))
            .Select(permission => permission[Permissions.Prefixes.Scope.Length..])];
    }

    private async Task NoteUseAsync(HandleTokenRequestContext context)
    {
        var now = time.GetUtcNow();
        if (FirstParty.IsInternal(context.Transaction) || context.ClientId is not { } clientId
            || await applications.FindByClientIdAsync(clientId, context.CancellationToken) is not { } client || !uses.IsDue(client.Id)) return;

        var before = now.AddMinutes(-1);
        await db.Set<OAuthApplication>().Where(row => row.Id == client.Id && (row.LastUsedAt == null || row.LastUsedAt <= before))
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.LastUsedAt, now), context.CancellationToken);
        uses.Noted(client.Id);
    }
}

/// <summary>The ad-hoc authorization is the session: its id is <c>sid</c>, in the access token and the ID token.</summary>
internal sealed class AttachSessionId : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.Principal!.GetAuthorizationId() is { Length: > 0 } id)
        {
            context.Principal!.SetClaim("sid", id);
            context.Principal!.FindFirst("sid")!.SetDestinations(Destinations.AccessToken, Destinations.IdentityToken);
        }

        // Nobody would see it, and it costs a signature and a row.
        if (FirstParty.IsInternal(context.Transaction)) context.GenerateIdentityToken = false;
        return default;
    }
}

/// <summary>One id for an access token: <c>jti</c> is the id of its row.</summary>
internal sealed class UseTokenIdAsJti : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is TokenTypeIdentifiers.AccessToken && context.Principal.GetTokenId() is { Length: > 0 } id)
            context.SecurityTokenDescriptor.Claims[Claims.JwtId] = id;
        return default;
    }
}

/// <summary><c>amr</c> is an array (RFC 8176), also with one member: OpenIddict sees to that in ID tokens only.</summary>
internal sealed class AmrAsArray : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is TokenTypeIdentifiers.AccessToken && context.Principal.GetClaims(Claims.AuthenticationMethodReference) is { Length: > 0 } methods)
            context.SecurityTokenDescriptor.Claims[Claims.AuthenticationMethodReference] = methods.ToArray();
        return default;
    }
}

/// <summary>RFC 7662: a client sees the scope of its own token, which OpenIddict shows to audiences only.</summary>
internal sealed class ShowScopeToPresenter : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        if (context.Scopes.Count == 0 && context.GenericTokenPrincipal is { } token && token.HasPresenter(context.Request.ClientId!))
            context.Scopes.UnionWith(token.GetScopes());
        return default;
    }
}

/// <summary>The claims of the user as they are now, by scope (OpenID Connect Core, section 5.4).</summary>
internal sealed class UserInfo(IUserQueries users) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        var token = context.AccessTokenPrincipal!;
        if (!Guid.TryParse(token.GetClaim(Claims.Subject), out var id)
            || await users.FindProfileAsync(id, context.CancellationToken) is not { Status: UserStatus.Active } user)
        {
            context.Reject(Errors.InvalidToken, "The token belongs to nobody who may log in.");
            return;
        }

        context.Subject = id.ToString();
        if (token.HasScope(Scopes.Email)) (context.Email, context.EmailVerified) = (user.Email, user.EmailVerified);
        if (token.HasScope(Scopes.Phone) && user.Phone is not null) (context.PhoneNumber, context.PhoneNumberVerified) = (user.Phone, user.PhoneVerified);
        if (!token.HasScope(Scopes.Profile)) return;

        (context.GivenName, context.FamilyName) = (user.FirstName, user.LastName);
        context.BirthDate = user.DateOfBirth?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        context.Claims[Claims.Name] = $"{user.FirstName} {user.LastName}".Trim();
        context.Claims[Claims.UpdatedAt] = user.UpdatedAt.ToUnixTimeSeconds();
        Add(Claims.Picture, user.AvatarUrl);
        Add(Claims.Gender, user.Gender);
        Add(Claims.Locale, user.Locale);
        Add(Claims.Zoneinfo, user.TimeZone);

        void Add(string claim, string? value)
        {
            if (value is not null) context.Claims[claim] = value;
        }
    }
}
