using System.Text;
using System.Text.Json;

namespace GoApi.IntegrationTests.Mail;

/// <summary>
/// What SendGrid's public description of v3 Mail Send (OpenAPI of sendgrid-oai, and the page of its errors) demands of a request. Written down
/// from it for the members that we use; any other member is a fault, because the real service refuses what it does not know.
/// </summary>
internal static class MailSendSchema
{
    private static readonly string[] Root = ["personalizations", "from", "reply_to", "subject", "content", "tracking_settings", "custom_args"];
    private static readonly string[] Personalization = ["to", "subject", "custom_args"];

    public static IEnumerable<string> Faults(JsonElement mail) =>
    [
        .. Unknown(mail, Root),
        .. Address(mail.GetProperty("from")),
        .. mail.TryGetProperty("reply_to", out var replyTo) ? Address(replyTo) : [],
        .. Personalizations(mail.GetProperty("personalizations")),
        .. mail.GetProperty("subject").GetString() is { Length: > 0 } subject && !subject.AsSpan().ContainsAny('\r', '\n') ? (string[])[] : ["subject"],
        .. Content(mail.GetProperty("content")),
        .. Tracking(mail),
        .. Encoding.UTF8.GetByteCount(mail.GetRawText()) < 30_000_000 ? (string[])[] : ["size"],
    ];

    private static IEnumerable<string> Personalizations(JsonElement all)
    {
        if (all.GetArrayLength() is 0 or > 1000) yield return "personalizations";
        foreach (var one in all.EnumerateArray())
        {
            foreach (var fault in Unknown(one, Personalization)) yield return fault;
            if (one.GetProperty("to").GetArrayLength() is 0 or > 1000) yield return "to";
            foreach (var fault in one.GetProperty("to").EnumerateArray().SelectMany(Address)) yield return fault;
            if (!one.TryGetProperty("custom_args", out var args)) continue;

            if (args.EnumerateObject().Any(arg => arg.Value.ValueKind != JsonValueKind.String)) yield return "custom_args";
            if (Encoding.UTF8.GetByteCount(args.GetRawText()) >= 10_000) yield return "custom_args";
        }
    }

    // "text/plain needs to be your first entry, followed by text/html, and then any others."
    private static IEnumerable<string> Content(JsonElement parts)
    {
        if (parts.GetArrayLength() == 0) yield return "content";
        foreach (var part in parts.EnumerateArray())
            if (part.GetProperty("type").GetString() is not { Length: > 0 } || part.GetProperty("value").GetString() is not { Length: > 0 })
                yield return "content";
        var types = parts.EnumerateArray().Select(part => part.GetProperty("type").GetString()).ToArray();
        if (!types.SequenceEqual(types.OrderBy(type => type == "text/plain" ? 0 : type == "text/html" ? 1 : 2))) yield return "content order";
    }

    private static IEnumerable<string> Tracking(JsonElement mail)
    {
        if (!mail.TryGetProperty("tracking_settings", out var tracking)) yield break;
        foreach (var fault in Unknown(tracking, "click_tracking", "open_tracking")) yield return fault;
        foreach (var one in tracking.EnumerateObject().SelectMany(setting => setting.Value.EnumerateObject()))
            if (one.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.String))
                yield return one.Name;
    }

    private static IEnumerable<string> Address(JsonElement address) =>
        [.. Unknown(address, "email", "name"), .. address.GetProperty("email").GetString() is { } email && System.Net.Mail.MailAddress.TryCreate(email, out _) ? (string[])[] : ["email"]];

    private static IEnumerable<string> Unknown(JsonElement one, params string[] known) => one.EnumerateObject().Select(member => member.Name).Except(known);
}
