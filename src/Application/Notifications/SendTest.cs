using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>A mail to any address, in words of its own, to see that the provider works.</summary>
[AuditAction("notifications.test_email")]
public sealed record SendTestEmail(string To, string Subject, string Body);

/// <summary>A text message to any number, to see that the provider works.</summary>
[AuditAction("notifications.test_sms")]
public sealed record SendTestSms(string To, string Body)
{
    /// <summary>Ten segments of 160 GSM-7 characters: what Twilio accepts.</summary>
    public const int MaxBody = 1_600;
}

internal sealed class SendTestEmailValidator : AbstractValidator<SendTestEmail>
{
    public SendTestEmailValidator()
    {
        RuleFor(request => request.To).IsEmail();
        RuleFor(request => request.Subject).NotEmpty().MaximumLength(200).Must(subject => subject is null || !subject.Any(char.IsControl)).WithMessage("A subject is one line of text.");
        RuleFor(request => request.Body).NotEmpty().MaximumLength(Delivery.MaxBody);
    }
}

internal sealed class SendTestSmsValidator : AbstractValidator<SendTestSms>
{
    public SendTestSmsValidator()
    {
        RuleFor(request => request.To).NotEmpty().IsPhone();
        RuleFor(request => request.Body).NotEmpty().MaximumLength(SendTestSms.MaxBody);
    }
}

internal sealed class SendTestHandler(IDeliveries deliveries, INotificationQueries queries, IUnitOfWork unitOfWork, TimeProvider time)
    : IUseCase<SendTestEmail, DeliveryDto>, IUseCase<SendTestSms, DeliveryDto>
{
    public Task<Result<DeliveryDto>> HandleAsync(SendTestEmail request, CancellationToken ct) => SendAsync(Channel.Email, request.To, request.Subject, request.Body, ct);

    public Task<Result<DeliveryDto>> HandleAsync(SendTestSms request, CancellationToken ct) =>
        SendAsync(Channel.Sms, string.Concat(request.To.Where(letter => letter == '+' || char.IsAsciiDigit(letter))), null, request.Body, ct);

    private async Task<Result<DeliveryDto>> SendAsync(Channel channel, string to, string? subject, string body, CancellationToken ct)
    {
        var delivery = Delivery.To(channel, to, subject, body, time.GetUtcNow());
        deliveries.Add(delivery);
        await unitOfWork.SaveAsync(ct);
        return (await queries.FindDeliveryAsync(delivery.Id, ct))!;
    }
}
