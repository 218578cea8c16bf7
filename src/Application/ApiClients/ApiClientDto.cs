using System.Text.Json;
using System.Text.Json.Serialization;
using GoApi.Application.Abstractions.Persistence;

namespace GoApi.Application.ApiClients;

/// <summary>An OAuth client as administrators see it.</summary>
public sealed record ApiClientDto : IVersioned
{
    public Guid Id { get; init; }

    public required string ClientId { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required IReadOnlyList<string> RedirectUris { get; init; }

    public required IReadOnlyList<string> PostLogoutRedirectUris { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required IReadOnlyList<string> GrantTypes { get; init; }

    public bool IsPublic { get; init; }

    /// <summary>How it proves itself: <c>none</c>, <c>client_secret_basic</c> (or <c>client_secret_post</c>) or <c>private_key_jwt</c> (RFC 7591, section 2).</summary>
    public required string TokenEndpointAuthMethod { get; init; }

    /// <summary>Its public keys, where it proves itself with them.</summary>
    public JsonElement? Jwks { get; init; }

    public bool RequireConsent { get; init; }

    public bool IsActive { get; init; }

    public Guid? CreatedBy { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Shown once, where it was just made; stored only hashed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClientSecret { get; init; }

    [JsonIgnore]
    public int Version { get; init; }
}
