namespace GoApi.Application.Abstractions.Mail;

/// <summary>What was sent while no provider was configured; for developers and tests, never in production.</summary>
public interface IMailbox
{
    /// <summary>Newest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<MailboxMail>> ListAsync(int limit, CancellationToken ct);
}

/// <param name="Channel"><c>email</c> or <c>sms</c>.</param>
/// <param name="Html">As it would have been sent, unchanged; null for a text message.</param>
public sealed record MailboxMail(Guid Id, string Channel, string To, string Subject, string Text, string? Html, DateTimeOffset CreatedAt);
