using GoApi.Application.Abstractions.Messaging;

namespace GoApi.Application.Abstractions.Mail;

/// <summary>
/// Sends what the system itself has to say, from a template, and keeps it in the ledger of deliveries. For consumers: what it returns is the
/// outcome of their attempt. What goes into a template is stored nowhere, so it may hold a token or a code.
/// </summary>
public interface IMessenger
{
    Task<Consumed> MailAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    /// <summary>Puts it into the inbox of the recipient, who has an account.</summary>
    Task<Consumed> PutIntoInboxAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);

    /// <summary>The text of the template alone.</summary>
    Task<Consumed> TextAsync(Message message, Recipient to, string template, IReadOnlyDictionary<string, object?> variables, CancellationToken ct);
}

/// <summary>Whom a message goes to.</summary>
/// <param name="UserId">Null where it is nobody's account.</param>
/// <param name="Address">An e-mail address without a display name, or a phone number (E.164).</param>
/// <param name="Locale">A BCP 47 tag; the default language where it is null, or nothing is written in it.</param>
public sealed record Recipient(Guid? UserId, string Address, string? Locale);
