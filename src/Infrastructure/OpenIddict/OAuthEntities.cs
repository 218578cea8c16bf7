using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using OpenIddict.EntityFrameworkCore.Models;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>A registered API client: OpenIddict's columns and ours.</summary>
internal sealed class OAuthApplication : OpenIddictEntityFrameworkCoreApplication<Guid, OAuthAuthorization, OAuthToken>, IEventSource
{
    private readonly List<IDomainEvent> events = [];

    public string? Description { get; set; }

    /// <summary>A deactivated client is refused wherever a client is named.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Whether people are asked; what they agreed to is remembered. It is OpenIddict's type of consent in the contract's words.</summary>
    public bool RequireConsent
    {
        get => ConsentType != ConsentTypes.Implicit;
        set => ConsentType = value ? ConsentTypes.Explicit : ConsentTypes.Implicit;
    }

    /// <summary>Our own log-in: made at the start, not to be changed or deleted.</summary>
    public bool IsFirstParty { get; set; }

    /// <summary>The secret before this one, as it was stored.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>Until then <see cref="PreviousSecret"/> works as well.</summary>
    public DateTimeOffset? PreviousSecretExpiresAt { get; set; }

    public Guid? CreatedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>To the minute: it is not worth a write for each token.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    public int Version { get; set; } = 1;

    public IReadOnlyList<IDomainEvent> Events => events;

    public void ForgetEvents() => events.Clear();
}

/// <summary>
/// An ad-hoc one is a session and the family of its tokens: its id is the <c>sid</c> in them. One of type browser is a log-in at our
/// own pages: it has neither a client nor tokens. A permanent one is the memory of a consent; it is not attached to tokens, because
/// one replay would then end all sessions of that user and client.
/// </summary>
internal sealed class OAuthAuthorization : OpenIddictEntityFrameworkCoreAuthorization<Guid, OAuthApplication, OAuthToken>
{
    /// <summary>Of a session: where it began.</summary>
    public string? IpAddress { get; set; }

    public string? UserAgent { get; set; }

    /// <summary>Of a browser session: when its browser was last here, to <see cref="BrowserSessions.Noted"/>.</summary>
    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Of what a program was given in a browser: the session that it ends with.</summary>
    public Guid? BrowserSessionId { get; set; }
}

/// <summary>The types of authorizations that are sessions.</summary>
internal static class SessionTypes
{
    /// <summary>OpenIddict does not know this one, and has nothing to do with it.</summary>
    public const string Browser = "browser";

    public static readonly string[] All = [AuthorizationTypes.AdHoc, Browser];
}

internal sealed class OAuthScope : OpenIddictEntityFrameworkCoreScope<Guid>;

/// <summary>A token's entry; the id of an access token's is its <c>jti</c>.</summary>
internal sealed class OAuthToken : OpenIddictEntityFrameworkCoreToken<Guid, OAuthApplication, OAuthAuthorization>
{
    public Guid? ApplicationId { get; set; }

    public Guid? AuthorizationId { get; set; }

    /// <summary>Of a device code: when it was last asked for.</summary>
    public DateTimeOffset? PolledAt { get; set; }

    /// <summary>Of a device code: seconds between two polls, where the device was told to slow down.</summary>
    public int? PollInterval { get; set; }
}
