using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>Where somebody is logged in: our own sessions, those of browsers at our pages, and those of other programs.</summary>
public interface ISessionQueries
{
    /// <summary>Those that go on, newest first.</summary>
    /// <param name="current">The one that asks.</param>
    Task<Result<Page<SessionDto>>> ListAsync(Guid userId, Guid? current, PageRequest page, CancellationToken ct);

    /// <summary>Whether it is a session of this user that goes on.</summary>
    Task<bool> IsOfAsync(Guid sessionId, Guid userId, CancellationToken ct);
}

/// <param name="Client">The program; our own log-in is one as well, also that of a browser.</param>
/// <param name="Device">For people: "Firefox on Windows".</param>
/// <param name="IpAddress">Where it began.</param>
/// <param name="LastSeenAt">When it was last given tokens; of a browser, when it was last at our pages, to five minutes.</param>
/// <param name="Current">The one that asks.</param>
public sealed record SessionDto(
    Guid Id, SessionKind Kind, AuthorizedClientDto Client, string Device, string? UserAgent, string? IpAddress, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool Current);

public enum SessionKind
{
    /// <summary>A program that has tokens.</summary>
    Program,

    /// <summary>A browser that has logged in at our own pages: it lets programs in, and has no tokens itself.</summary>
    Browser,
}
