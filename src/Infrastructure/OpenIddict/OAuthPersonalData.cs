using System.Text.Json;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Sessions, consents and their tokens. Nothing of them is needed when the person is gone: all tokens of a user who is erased are refused as such.</summary>
internal sealed class OAuthPersonalData(AppDbContext db, RevocationWriter revocations) : IPersonalData
{
    // A log-in that runs side by side with the erasure may issue tokens for a moment more.
    private static readonly TimeSpan Requests = TimeSpan.FromMinutes(1);

    private static readonly string[] AnyStatus = [Statuses.Inactive, Statuses.Redeemed, Statuses.Rejected, Statuses.Revoked, Statuses.Valid];

    public string Section => "sessions";

    public Task<object?> ExportAsync(Guid userId, CancellationToken ct)
    {
        var subject = userId.ToString();
        var sessions = db.Set<OAuthAuthorization>().AsNoTracking().Where(row => row.Subject == subject).OrderBy(row => row.Id)
            .Select(row => new { row.Id, row.Type, Client = row.Application!.DisplayName, row.Scopes, row.Status, row.CreationDate, row.LastSeenAt, row.IpAddress, row.UserAgent }).StreamAsync(ct);
        return Task.FromResult<object?>(sessions.Select(row => new
        {
            row.Id,
            Kind = row.Type switch { AuthorizationTypes.Permanent => "consent", SessionTypes.Browser => "browser", _ => "session" },
            row.Client,
            Scopes = JsonSerializer.Deserialize<string[]>(row.Scopes ?? "[]"),
            row.Status,
            row.IpAddress,
            row.UserAgent,
            CreatedAt = row.CreationDate is { } created ? new DateTimeOffset(created, TimeSpan.Zero) : (DateTimeOffset?)null,
            row.LastSeenAt,
        }));
    }

    public async Task EraseAsync(Guid userId, CancellationToken ct)
    {
        var subject = userId.ToString();
        revocations.Add(RevocationKind.User, subject, beyond: Requests);

        // Not deleted: a refresh that is under way refers to it, and would fail. What is revoked gives nothing more, and is swept (OAuthPruning).
        await db.Set<OAuthAuthorization>().Where(row => row.Subject == subject).ExecuteUpdateAsync(
            row => row.SetProperty(one => one.Status, Statuses.Revoked).SetProperty(one => one.Scopes, (string?)null).SetProperty(one => one.Properties, (string?)null)
                .SetProperty(one => one.IpAddress, (string?)null).SetProperty(one => one.UserAgent, (string?)null)
                .SetProperty(one => one.LastSeenAt, (DateTimeOffset?)null), ct);

        // The index of the tokens begins with their client.
        var clients = await db.Set<OAuthApplication>().AsNoTracking().Select(client => (Guid?)client.Id).ToListAsync(ct);
        var tokens = db.Set<OAuthToken>().Where(token => AnyStatus.Contains(token.Status) && token.Subject == subject);
        await db.Set<OAuthToken>().Where(token => token.Authorization!.Subject == subject).ExecuteDeleteAsync(ct);
        await tokens.Where(token => clients.Contains(token.ApplicationId)).ExecuteDeleteAsync(ct);
        await tokens.Where(token => token.ApplicationId == null).ExecuteDeleteAsync(ct);
    }
}
