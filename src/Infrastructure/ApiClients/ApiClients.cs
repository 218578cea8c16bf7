using System.Text.Json;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.ApiClients;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.ApiClients;

/// <summary>The register of clients, on OpenIddict's own rows: what it reads is what stands here.</summary>
internal sealed class ApiClients(
    AppDbContext db, OpenIddictApplicationManager<OAuthApplication> manager, ClientSecrets secrets, RevocationWriter revocations, PageReader pages, TimeProvider time) : IApiClients
{
    private static readonly ListOrder<OAuthApplication> NewestFirst = new ByCreation<OAuthApplication>(client => client.Id, newestFirst: true);

    public async Task<(Guid Id, string? Secret)> AddAsync(ClientRegistration registration, Guid? createdBy, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var secret = registration.IsPublic || registration.Jwks is not null ? null : ClientSecrets.New();
        var client = new OAuthApplication
        {
            Id = Guid.CreateVersion7(now),
            ClientId = Guid.CreateVersion7(now).ToString("N"),
            CreatedBy = createdBy,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await FillAsync(client, registration, ct);
        client.ClientSecret = secret is null ? null : secrets.Hash(secret);
        db.Add(client);
        return (client.Id, secret);
    }

    public async Task<bool> ReplaceAsync(Guid id, ClientRegistration registration, CancellationToken ct)
    {
        if (await LoadAsync(id, ct) is not { } client) return false;

        var secret = client.ClientSecret;
        await FillAsync(client, registration, ct);
        client.ClientSecret = secret;
        Touch(client);
        return true;
    }

    public async Task<bool> RemoveAsync(Guid id, CancellationToken ct)
    {
        if (await LoadAsync(id, ct) is not { } client) return false;

        await db.Set<OAuthToken>().Where(token => token.Application!.Id == id).ExecuteDeleteAsync(ct);
        await db.Set<OAuthAuthorization>().Where(authorization => authorization.Application!.Id == id).ExecuteDeleteAsync(ct);
        db.Remove(client);
        revocations.Add(RevocationKind.Client, client.ClientId!);
        return true;
    }

    public async Task<bool> SetActiveAsync(Guid id, bool active, CancellationToken ct)
    {
        if (await LoadAsync(id, ct) is not { } client) return false;

        if (client.IsActive && !active) revocations.Add(RevocationKind.Client, client.ClientId!);
        client.IsActive = active;
        Touch(client);
        return true;
    }

    public async Task<string?> ReplaceSecretAsync(Guid id, TimeSpan grace, CancellationToken ct)
    {
        if (await LoadAsync(id, ct) is not { ClientType: ClientTypes.Confidential, ClientSecret: { } old } client) return null;

        var secret = ClientSecrets.New();
        client.ClientSecret = secrets.Hash(secret);
        Touch(client);
        client.PreviousSecret = grace > TimeSpan.Zero ? old : null;
        client.PreviousSecretExpiresAt = grace > TimeSpan.Zero ? client.UpdatedAt + grace : null;
        return secret;
    }

    public async Task<ApiClientDto?> FindAsync(Guid id, CancellationToken ct) =>
        await Registered().AsNoTracking().FirstOrDefaultAsync(client => client.Id == id, ct) is { } client ? ToDto(client) : null;

    public async Task<Result<Page<ApiClientDto>>> ListAsync(ApiClientFilter filter, PageRequest page, CancellationToken ct)
    {
        var clients = Registered().AsNoTracking();
        if (filter.IsActive is { } active) clients = clients.Where(client => client.IsActive == active);
        if ((await pages.ReadAsync("clients", clients, all => all, NewestFirst, page, ct)).Failed(out var error, out var found)) return error;
        return found.Select(ToDto);
    }

    private IQueryable<OAuthApplication> Registered() => db.Set<OAuthApplication>().Where(client => !client.IsFirstParty);

    private async Task<OAuthApplication?> LoadAsync(Guid id, CancellationToken ct)
    {
        var client = await Registered().FirstOrDefaultAsync(client => client.Id == id, ct);
        if (client is not null) db.Scope?.Expected.Check(client.Id, client.Version);
        return client;
    }

    private void Touch(OAuthApplication client)
    {
        client.UpdatedAt = time.GetUtcNow();
        client.ConcurrencyToken = Guid.CreateVersion7(client.UpdatedAt).ToString();
    }

    private async Task FillAsync(OAuthApplication client, ClientRegistration registration, CancellationToken ct)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.ClientId,
            DisplayName = registration.Name,
            ClientType = registration.IsPublic ? ClientTypes.Public : ClientTypes.Confidential,
            ConsentType = registration.RequireConsent ? ConsentTypes.Explicit : ConsentTypes.Implicit,
            // OpenIddict lets the port of a loopback address vary (RFC 8252, section 7.3) for native applications only.
            JsonWebKeySet = registration.Jwks is { } jwks ? Microsoft.IdentityModel.Tokens.JsonWebKeySet.Create(jwks) : null,
            ApplicationType = registration.RedirectUris.Any(RedirectUri.IsNative) ? ApplicationTypes.Native : ApplicationTypes.Web,
        };
        descriptor.RedirectUris.UnionWith(registration.RedirectUris.Select(uri => new Uri(uri)));
        descriptor.PostLogoutRedirectUris.UnionWith(registration.PostLogoutRedirectUris.Select(uri => new Uri(uri)));
        descriptor.Permissions.UnionWith(registration.Scopes.Select(scope => Permissions.Prefixes.Scope + scope));
        descriptor.Permissions.UnionWith(registration.GrantTypes.Select(grant => Permissions.Prefixes.GrantType + grant));
        descriptor.Permissions.UnionWith([Permissions.Endpoints.Token, Permissions.Endpoints.Revocation]);
        if (!registration.IsPublic) descriptor.Permissions.Add(Permissions.Endpoints.Introspection);
        if (registration.GrantTypes.Contains(GrantType.AuthorizationCode))
            descriptor.Permissions.UnionWith([
                Permissions.Endpoints.Authorization, Permissions.Endpoints.PushedAuthorization, Permissions.Endpoints.EndSession, Permissions.ResponseTypes.Code]);
        if (registration.GrantTypes.Contains(GrantType.DeviceCode)) descriptor.Permissions.Add(Permissions.Endpoints.DeviceAuthorization);

        await manager.PopulateAsync(client, descriptor, ct);
        client.Description = registration.Description;
    }

    private static ApiClientDto ToDto(OAuthApplication client) => new()
    {
        Id = client.Id,
        ClientId = client.ClientId!,
        Name = client.DisplayName ?? "",
        Description = client.Description,
        RedirectUris = List(client.RedirectUris),
        PostLogoutRedirectUris = List(client.PostLogoutRedirectUris),
        Scopes = Of(client, Permissions.Prefixes.Scope),
        GrantTypes = Of(client, Permissions.Prefixes.GrantType),
        IsPublic = client.ClientType == ClientTypes.Public,
        TokenEndpointAuthMethod = client.ClientType == ClientTypes.Public ? ClientAuthenticationMethods.None
            : client.JsonWebKeySet is null ? ClientAuthenticationMethods.ClientSecretBasic : ClientAuthenticationMethods.PrivateKeyJwt,
        Jwks = client.JsonWebKeySet is null ? null : JsonSerializer.Deserialize<JsonElement>(client.JsonWebKeySet),
        RequireConsent = client.RequireConsent,
        IsActive = client.IsActive,
        CreatedBy = client.CreatedBy,
        CreatedAt = client.CreatedAt,
        UpdatedAt = client.UpdatedAt,
        LastUsedAt = client.LastUsedAt,
        Version = client.Version,
    };

    private static string[] Of(OAuthApplication client, string prefix) =>
        [.. List(client.Permissions).Where(permission => permission.StartsWith(prefix, StringComparison.Ordinal)).Select(permission => permission[prefix.Length..]).Order(StringComparer.Ordinal)];

    private static string[] List(string? json) => json is null ? [] : JsonSerializer.Deserialize<string[]>(json) ?? [];
}
