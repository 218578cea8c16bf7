using GoApi.Application.Abstractions.Messaging;

namespace GoApi.Application.Abstractions.Mail;

/// <summary>Hands a mail to a provider, once. Never throws for what a provider or the network does: the outcome tells.</summary>
public interface IEmailSender
{
    /// <summary><c>sendgrid</c> or <c>mailbox</c>.</summary>
    string Mode { get; }

    Task<SendResult> SendAsync(EmailMessage mail, CancellationToken ct);
}

/// <param name="MessageId">The same in every attempt; providers that know idempotency keys get it as one.</param>
/// <param name="To">An address, without a display name.</param>
/// <param name="Subject">One line: CR and LF are replaced by spaces.</param>
public sealed record EmailMessage(Guid MessageId, string To, string Subject, string Text, string Html);

public enum SendOutcome
{
    /// <summary>The provider has taken it.</summary>
    Sent,

    /// <summary>The provider refuses it for good (4xx other than 408 and 429).</summary>
    Rejected,

    /// <summary>The provider did not take it, and may later (429, 5xx, no connection).</summary>
    Unavailable,

    /// <summary>It was handed over and no answer came.</summary>
    Unknown,

    /// <summary>It was not tried: the provider's circuit is open, or our own limit is reached. No attempt.</summary>
    Deferred,
}

/// <param name="ProviderId">The provider's own id of what it took.</param>
/// <param name="RetryAfter">What the provider asked for (RFC 9110, section 10.2.3).</param>
public sealed record SendResult(SendOutcome Outcome, string? ProviderId = null, string? Error = null, TimeSpan? RetryAfter = null)
{
    public Consumed ToConsumed() => Outcome switch
    {
        SendOutcome.Sent => Consumed.Done,
        SendOutcome.Rejected => new Consumed.Dead(Error ?? "Refused by the provider."),
        SendOutcome.Unavailable => new Consumed.Failed(Error ?? "The provider does not answer.", RetryAfter),
        SendOutcome.Deferred => new Consumed.Postponed(RetryAfter ?? TimeSpan.FromSeconds(1)),
        SendOutcome.Unknown => new Consumed.Unknown(Error ?? "The provider took it and did not answer."),
        _ => throw new InvalidOperationException($"Outcome {Outcome} is not known."),
    };
}
