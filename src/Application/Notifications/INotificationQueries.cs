using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Notifications and the ledger to read; every list is newest first.</summary>
public interface INotificationQueries
{
    Task<Result<Inbox>> ListAsync(Guid userId, InboxFilter filter, PageRequest page, CancellationToken ct);

    Task<NotificationDto?> FindAsync(Guid id, Guid userId, CancellationToken ct);

    Task<Result<Page<DeliveryDto>>> ListDeliveriesAsync(DeliveryFilter filter, PageRequest page, CancellationToken ct);

    Task<DeliveryDto?> FindDeliveryAsync(Guid id, CancellationToken ct);

    Task<Result<Page<BatchDto>>> ListBatchesAsync(PageRequest page, CancellationToken ct);

    Task<BatchDto?> FindBatchAsync(Guid id, CancellationToken ct);

    Task<Result<Page<SuppressionDto>>> ListSuppressionsAsync(SuppressionFilter filter, PageRequest page, CancellationToken ct);

    /// <summary>For every category that is known, and every channel.</summary>
    Task<PreferencesDto> ListPreferencesAsync(Guid userId, CancellationToken ct);
}

/// <param name="Unread">How many of all are unread, whatever the filter.</param>
public sealed record Inbox(Page<NotificationDto> Page, long Unread);

/// <param name="Unread">Only unread ones (true), or only read ones (false).</param>
/// <param name="Type">The name of a template.</param>
/// <param name="Channel">Only what was sent over this channel as well.</param>
public sealed record InboxFilter(bool? Unread, string? Type, string? Channel) : IListFilter;

/// <param name="Ambiguous">Only those that the provider may or may not have sent (true), or those of which it is known (false).</param>
public sealed record DeliveryFilter(string? Status, string? Channel, Guid? UserId, Guid? BatchId, bool? Ambiguous) : IListFilter;

public sealed record SuppressionFilter(string? Channel, string? Address) : IListFilter;

internal sealed class InboxFilterValidator : AbstractValidator<InboxFilter>
{
    public InboxFilterValidator()
    {
        RuleFor(filter => filter.Type).MaximumLength(NotificationTemplate.MaxName);
        RuleFor(filter => filter.Channel).OneOf<InboxFilter, Channel>();
    }
}

internal sealed class DeliveryFilterValidator : AbstractValidator<DeliveryFilter>
{
    public DeliveryFilterValidator()
    {
        RuleFor(filter => filter.Status).OneOf<DeliveryFilter, DeliveryStatus>();
        RuleFor(filter => filter.Channel).OneOf<DeliveryFilter, Channel>();
    }
}

internal sealed class SuppressionFilterValidator : AbstractValidator<SuppressionFilter>
{
    public SuppressionFilterValidator()
    {
        RuleFor(filter => filter.Channel).OneOf(Channel.Email, Channel.Sms);
        RuleFor(filter => filter.Address).MaximumLength(Delivery.MaxAddress);
    }
}
