using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Who the people are that a batch is for.</summary>
public interface IAudiences
{
    /// <summary>How many active accounts there are now.</summary>
    Task<int> CountAsync(Audience audience, CancellationToken ct);

    /// <summary>Those of the ids that are no active account.</summary>
    Task<IReadOnlySet<Guid>> FindMissingAsync(IReadOnlyCollection<Guid> userIds, CancellationToken ct);

    /// <summary>The next active accounts behind <see cref="NotificationBatch.After"/>, by id.</summary>
    Task<IReadOnlyList<Listener>> NextAsync(NotificationBatch batch, int limit, CancellationToken ct);
}

/// <param name="Channels">Of those of the batch, the ones that the person wants messages of its category over, and has an address for.</param>
public sealed record Listener(Addressee Person, IReadOnlyList<Channel> Channels);
