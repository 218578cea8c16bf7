using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Templates to write. Nothing is saved before <c>IUnitOfWork.SaveAsync</c>.</summary>
public interface ITemplateRepository
{
    /// <summary>The category that was given last, in any language, and the newest version in this one: null and 0 where there is none.</summary>
    Task<(string? Category, int Version)> FindNewestAsync(string name, string locale, CancellationToken ct);

    /// <summary>Every version in every language.</summary>
    Task<IReadOnlyList<NotificationTemplate>> FindAllAsync(string name, CancellationToken ct);

    void Add(NotificationTemplate template);

    void Remove(NotificationTemplate template);
}
