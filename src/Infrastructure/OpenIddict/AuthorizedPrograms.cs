using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Both kinds of authorization in one view: remembered consents (permanent) and sessions (ad-hoc).</summary>
internal sealed class AuthorizedPrograms(AppDbContext db, RevocationWriter revocations, IAuditTrail audit) : IAuthorizedPrograms
{
    // More than anybody reads; a program that logs in without end does not fill the memory.
    private const int Most = 1_000;

    public async Task<IReadOnlyList<AuthorizedProgramDto>> ListAsync(Guid userId, CancellationToken ct)
    {
        var rows = await Of(userId).AsNoTracking().Where(row => !row.Application!.IsFirstParty).OrderByDescending(row => row.Id).Take(Most)
            .Select(row => new { row.Application!.Id, row.Application.ClientId, row.Application.DisplayName, row.Scopes, row.Type, row.CreationDate }).ToListAsync(ct);
        return
        [
            .. rows.GroupBy(row => (row.Id, row.ClientId, row.DisplayName)).Select(program => new AuthorizedProgramDto(
                program.Key.Id,
                new AuthorizedClientDto(program.Key.ClientId!, program.Key.DisplayName ?? program.Key.ClientId!),
                Describe(program.SelectMany(row => JsonSerializer.Deserialize<string[]>(row.Scopes ?? "[]")!)),
                new DateTimeOffset(program.Min(row => row.CreationDate) ?? default, TimeSpan.Zero),
                program.Count(row => row.Type == AuthorizationTypes.AdHoc))),
        ];
    }

    public async Task<bool> RevokeAsync(Guid userId, Guid programId, CancellationToken ct)
    {
        await using var transaction = await db.JoinTransactionAsync(ct);
        var rows = await Of(userId).Where(row => row.Application!.Id == programId && !row.Application.IsFirstParty).Select(row => new { row.Id, row.Type }).ToListAsync(ct);
        if (rows.Count == 0) return false;

        var subject = userId.ToString();
        await db.Set<OAuthToken>().Where(token => token.Subject == subject && token.Application!.Id == programId && token.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.Status, Statuses.Revoked), ct);
        await Of(userId).Where(row => row.Application!.Id == programId && row.Type == AuthorizationTypes.Permanent).ExecuteDeleteAsync(ct);
        await Of(userId).Where(row => row.Application!.Id == programId).ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, Statuses.Revoked), ct);
        foreach (var session in rows.Where(row => row.Type == AuthorizationTypes.AdHoc)) revocations.Add(RevocationKind.Session, session.Id.ToString());
        audit.Record("oauth.consent_revoked", AuditStatus.Success, "client", programId.ToString(), actorUserId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private IQueryable<OAuthAuthorization> Of(Guid userId)
    {
        var subject = userId.ToString();
        return db.Set<OAuthAuthorization>().Where(row => row.Subject == subject && row.Status == Statuses.Valid);
    }

    private static GrantedScopeDto[] Describe(IEnumerable<string> scopes)
    {
        var granted = scopes.ToHashSet(StringComparer.Ordinal);
        return [.. Scope.All.Where(scope => granted.Contains(scope.Name)).Select(scope => new GrantedScopeDto(scope.Name, scope.Description))];
    }
}
