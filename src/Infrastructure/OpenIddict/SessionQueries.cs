using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

internal sealed class SessionQueries(AppDbContext db, PageReader pages, TimeProvider time) : ISessionQueries
{
    private static readonly ListOrder<SessionRow> NewestFirst = new ByCreation<SessionRow>(row => row.Id, newestFirst: true);

    public async Task<Result<Page<SessionDto>>> ListAsync(Guid userId, Guid? current, PageRequest page, CancellationToken ct) =>
        (await pages.ReadAsync("users.sessions", Of(userId), Project, NewestFirst, page, ct)).Failed(out var error, out var rows) ? error : rows.Select(row => row.ToDto(current));

    public Task<bool> IsOfAsync(Guid sessionId, Guid userId, CancellationToken ct) => Of(userId).AnyAsync(row => row.Id == sessionId, ct);

    private IQueryable<OAuthAuthorization> Of(Guid userId)
    {
        var (subject, since) = (userId.ToString(), time.GetUtcNow() - BrowserSessions.Life);
        return db.Set<OAuthAuthorization>().AsNoTracking().Where(row => row.Subject == subject && SessionTypes.All.Contains(row.Type) && row.Status == Statuses.Valid
            && (row.LastSeenAt == null || row.LastSeenAt > since));
    }

    private static IQueryable<SessionRow> Project(IQueryable<OAuthAuthorization> sessions) => sessions.Select(row => new SessionRow
    {
        Id = row.Id,
        Type = row.Type!,
        ClientId = row.Application!.ClientId,
        ClientName = row.Application.DisplayName,
        IpAddress = row.IpAddress,
        UserAgent = row.UserAgent,
        CreatedAt = row.CreationDate,
        LastIssuedAt = row.Tokens.Max(token => token.CreationDate),
        LastSeenAt = row.LastSeenAt,
    });

    private sealed record SessionRow
    {
        public required Guid Id { get; init; }

        public required string Type { get; init; }

        public string? ClientId { get; init; }

        public string? ClientName { get; init; }

        public string? IpAddress { get; init; }

        public string? UserAgent { get; init; }

        public DateTime? CreatedAt { get; init; }

        public DateTime? LastIssuedAt { get; init; }

        public DateTimeOffset? LastSeenAt { get; init; }

        // OpenIddict's times are UTC without saying so, and those of tokens have whole seconds: the first one seems older than its session.
        public SessionDto ToDto(Guid? current)
        {
            var created = new DateTimeOffset(CreatedAt ?? default, TimeSpan.Zero);
            var seen = LastSeenAt ?? (LastIssuedAt is { } last && last > created.UtcDateTime ? new DateTimeOffset(last, TimeSpan.Zero) : created);
            var (kind, client) = Type == SessionTypes.Browser
                ? (SessionKind.Browser, new AuthorizedClientDto(FirstParty.ClientId, FirstParty.Client.DisplayName!))
                : (SessionKind.Program, new AuthorizedClientDto(ClientId!, ClientName ?? ClientId!));
            return new SessionDto(Id, kind, client, DeviceName.Of(UserAgent), UserAgent, IpAddress, created, seen, Id == current);
        }
    }
}
