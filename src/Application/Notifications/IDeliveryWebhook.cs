using GoApi.Domain.Kernel;

namespace GoApi.Application.Notifications;

/// <summary>What a provider posts about what it took. Nothing of it is believed but by its signature.</summary>
public interface IDeliveryWebhook
{
    /// <summary><c>sendgrid</c> or <c>twilio</c>.</summary>
    string Provider { get; }

    /// <summary>Reads the body only where its headers may be genuine, and takes it apart only where its signature is.</summary>
    /// <returns>
    /// What concerns us of it, which may be nothing; unauthorized where the signature is missing, wrong or stale, or no key is configured; a bad
    /// request where something else was signed than the provider describes.
    /// </returns>
    Task<Result<IReadOnlyList<DeliveryReport>>> ReadAsync(WebhookRequest request, CancellationToken ct);
}

/// <param name="Query">As it was sent, with its question mark; empty where there is none.</param>
/// <param name="Header">The value of a header; null where it is missing or there are several.</param>
/// <param name="Body">Bounded by whoever gives it.</param>
public sealed record WebhookRequest(string Query, Func<string, string?> Header, Stream Body);
