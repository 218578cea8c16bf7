using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// The audit entries of token events. They are added before OpenIddict's stores save, so they are in the transaction of
/// what they tell of.
/// </summary>
internal sealed class TokenAudit(IAuditTrail trail, CurrentActor actor)
{
    private static readonly HashSet<string> NoScopes = [];

    private Guid? userId;
    private string issuedAs = "oauth.token_issued";

    /// <summary>At the protocol endpoints the caller is the client that has authenticated itself; our own log-in has an actor already.</summary>
    public void CalledBy(string clientId) => actor.Become(
        new Actor(actor.UserId, clientId, actor.Role, NoScopes, actor.SessionId, actor.IpAddress, actor.UserAgent, actor.RequestId, actor.DeviceToken));

    public void For(Guid? user) => userId = user;

    public void Refreshing() => issuedAs = "oauth.token_refreshed";

    public void Exchanging() => issuedAs = "oauth.token_exchanged";

    public void Created(OAuthToken token)
    {
        if (token.Type == TokenTypeIdentifiers.AccessToken)
        {
            trail.Record(issuedAs, AuditStatus.Success, "token", token.Id.ToString(), actorUserId: userId);
        }
        else if (token.Type == TokenTypeIdentifiers.Private.AuthorizationCode)
        {
            trail.Record("oauth.code_issued", AuditStatus.Success, "token", token.Id.ToString(), actorUserId: Guid.TryParse(token.Subject, out var subject) ? subject : null);
        }
    }

    public void Revoked(OAuthToken token) => trail.Record(
        "oauth.token_revoked", AuditStatus.Success, "token", token.Id.ToString(), actorUserId: Guid.TryParse(token.Subject, out var subject) ? subject : null);

    public void Reused(Guid sessionId, Guid? user) => trail.Record("oauth.token_reused", AuditStatus.Denied, "session", sessionId.ToString(), "reuse_detected", user);

    public void SessionEnded(Guid sessionId, Guid? user) => trail.Record("oauth.session_ended", AuditStatus.Success, "session", sessionId.ToString(), actorUserId: user);

    /// <param name="clientId">As it was sent: nobody has proved it.</param>
    public void Refused(string error, string? clientId)
    {
        // A device that waits for its person asks every few seconds.
        if (error is Errors.AuthorizationPending or Errors.SlowDown) return;

        // Whoever mixes them up sends a secret in its place, which must not stay here (S7).
        var client = clientId is null || ClientSecrets.IsShapedLikeOne(clientId) ? null : clientId.Length > 100 ? clientId[..100] : clientId;
        if (error == Errors.InvalidClient) trail.Record("oauth.client_authentication", AuditStatus.Failure, "client", client, error);
        else trail.Record("oauth.token_refused", AuditStatus.Failure, "client", client, error.Length > 100 ? error[..100] : error);
    }
}
