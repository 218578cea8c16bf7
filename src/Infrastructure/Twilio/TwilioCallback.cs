using GoApi.Infrastructure.Configuration;

namespace GoApi.Infrastructure.Twilio;

/// <summary>Where Twilio says what has become of a message. Its signature covers the address, letter by letter.</summary>
internal static class TwilioCallback
{
    public const string DeliveryId = "delivery_id";

    private const string Path = "/api/v1/webhooks/twilio";

    /// <summary>Null where Twilio could not reach it: <c>APP_URL</c> is not set, or is this machine's own.</summary>
    public static string? Address(AppSettings app, Guid deliveryId) => app.Url is null or { IsLoopback: true } ? null : Address(app, $"?{DeliveryId}={deliveryId}");

    /// <param name="query">With its question mark; empty where there is none.</param>
    public static string Address(AppSettings app, string query) => $"{app.PublicUrl.AbsoluteUri.TrimEnd('/')}{Path}{query}";
}
