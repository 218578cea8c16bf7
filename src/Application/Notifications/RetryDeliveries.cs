using FluentValidation;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Has the dead deliveries tried again, oldest first: after an outage of a provider that was longer than all attempts.</summary>
/// <param name="Channel">Only those of one channel.</param>
/// <param name="BatchId">Only those of one batch.</param>
[AuditAction("notifications.retry_dead")]
public sealed record RetryDeliveries(string? Channel, Guid? BatchId)
{
    /// <summary>At a time: for more it is asked again.</summary>
    public const int Limit = 10_000;
}

/// <param name="Retried">How many there were; fewer than 10,000 were all.</param>
public sealed record RetriedDeliveries(int Retried);

internal sealed class RetryDeliveriesValidator : AbstractValidator<RetryDeliveries>
{
    public RetryDeliveriesValidator() => RuleFor(request => request.Channel).OneOf(Channel.Email, Channel.Sms);
}

internal sealed class RetryDeliveriesHandler(IDeliveries deliveries, IAuditTrail audit, IUnitOfWork unitOfWork, TimeProvider time) : IUseCase<RetryDeliveries, RetriedDeliveries>
{
    public async Task<Result<RetriedDeliveries>> HandleAsync(RetryDeliveries request, CancellationToken ct)
    {
        await using var transaction = await unitOfWork.BeginAsync(ct);
        var retried = await deliveries.ReopenDeadAsync(EnumText.Parse<Channel>(request.Channel), request.BatchId, RetryDeliveries.Limit, time.GetUtcNow(), ct);
        audit.Record("notifications.retry_dead", AuditStatus.Success, "delivery");
        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return new RetriedDeliveries(retried);
    }
}
