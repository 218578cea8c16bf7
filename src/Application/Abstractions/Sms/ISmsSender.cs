using GoApi.Application.Abstractions.Mail;

namespace GoApi.Application.Abstractions.Sms;

/// <summary>Hands a text message to a provider, once. Never throws for what a provider or the network does: the outcome tells.</summary>
public interface ISmsSender
{
    /// <summary><c>twilio</c> or <c>mailbox</c>.</summary>
    string Mode { get; }

    Task<SendResult> SendAsync(SmsMessage sms, CancellationToken ct);
}

/// <param name="MessageId">The same in every attempt.</param>
/// <param name="To">E.164.</param>
public sealed record SmsMessage(Guid MessageId, string To, string Text);
