using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;

namespace GoApi.WebApi.OAuth;

/// <summary>What the consent page needs to know of the authorize request, and where to go back to.</summary>
internal sealed record ConsentTicket(string Request, Guid UserId, string ClientId, string[] Scopes, string ReturnUrl);

/// <summary>An answer that a person gave for one authorize request, in this browser.</summary>
internal sealed record Answer(string Request, string Kind, Guid? UserId, DateTimeOffset At);

/// <summary>
/// Carries what happens between an authorize request and its pages: encrypted, short-lived, bound to the request (its hash).
/// Answers travel in cookies only, so that nobody can hand a browser somebody else's answer in a link.
/// </summary>
internal sealed class Interaction(IDataProtectionProvider protection, TimeProvider time)
{
    public const string LoginAsked = "login";
    public const string Accepted = "accept";
    public const string Denied = "deny";

    private static readonly string[] Kinds = [LoginAsked, Accepted, Denied];
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector tickets = protection.CreateProtector("oauth.consent-ticket").ToTimeLimitedDataProtector();
    private readonly ITimeLimitedDataProtector answers = protection.CreateProtector("oauth.answer").ToTimeLimitedDataProtector();

    // Names and values stand in their lengths: joined as they are, a value that reads like "x&scope=…" would make one request pass for another.
    public static string Hash(OpenIddictRequest request) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(
        request.GetParameters().Select(pair => (Name: pair.Key, Value: pair.Value.ToString() ?? "")).OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name.Length}:{pair.Name}{pair.Value.Length}:{pair.Value}")))));

    public string Protect(ConsentTicket ticket) => tickets.Protect(JsonSerializer.Serialize(ticket), Life);

    /// <summary>Null where it is not ours or has expired.</summary>
    public ConsentTicket? Ticket(string? value) => Unprotect<ConsentTicket>(tickets, value);

    public void Give(HttpContext http, string request, string kind, Guid? userId) =>
        http.Response.Cookies.Append(Name(http, request, kind), answers.Protect(JsonSerializer.Serialize(new Answer(request, kind, userId, time.GetUtcNow())), Life), Options(http));

    public Answer? Find(HttpContext http, string request, string kind) =>
        Unprotect<Answer>(answers, http.Request.Cookies[Name(http, request, kind)]) is { } answer && answer.Request == request && answer.Kind == kind ? answer : null;

    public static void Forget(HttpContext http, string request)
    {
        foreach (var name in Kinds.Select(kind => Name(http, request, kind)).Where(http.Request.Cookies.ContainsKey)) http.Response.Cookies.Delete(name, Options(http));
    }

    private static string Name(HttpContext http, string request, string kind) => $"{(http.Request.IsHttps ? "__Host-" : "")}oauth.{kind}.{request[..16]}";

    private static CookieOptions Options(HttpContext http) =>
        new() { HttpOnly = true, Secure = http.Request.IsHttps, SameSite = SameSiteMode.Lax, MaxAge = Life, Path = "/", IsEssential = true };

    private static T? Unprotect<T>(ITimeLimitedDataProtector protector, string? value) where T : class
    {
        try
        {
            return value is null ? null : JsonSerializer.Deserialize<T>(protector.Unprotect(value));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
