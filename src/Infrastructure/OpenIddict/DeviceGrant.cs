using System.Text.Json;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The device authorization grant (RFC 8628), where OpenIddict leaves it to us.</summary>
internal static class DeviceGrant
{
    /// <summary>Where people enter the code: short, because it is typed from a screen.</summary>
    public const string Page = "/device";

    /// <summary>Seconds between two polls, and how many more after each <c>slow_down</c> (RFC 8628, sections 3.2 and 3.5).</summary>
    public const int Interval = 5;

    /// <summary>RFC 8628, section 6.1: consonants only, so that no word comes of it, and none that looks like a digit. 34 bits, for ten minutes, behind the limit of attempts.</summary>
    public static readonly string[] UserCodeCharset = [.. "BCDFGHJKLMNPQRSTVWXZ".Select(letter => letter.ToString())];

    public const int UserCodeLength = 8;

    public const string UserCodeFormat = "{0}{1}{2}{3}-{4}{5}{6}{7}";

    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
}

/// <summary>People type capitals or not, a dash, a space or nothing: what has the letters of a code is taken as it is shown on the device.</summary>
internal sealed class ReadTypedUserCode : IOpenIddictServerHandler<ExtractEndUserVerificationRequestContext>
{
    public ValueTask HandleAsync(ExtractEndUserVerificationRequestContext context)
    {
        if (context.Request is not { UserCode: { Length: <= 4 * DeviceGrant.UserCodeLength } typed } request) return default;

        var letters = string.Concat(typed.ToUpperInvariant().Where(char.IsAsciiLetter));
        if (letters.Length == DeviceGrant.UserCodeLength) request.UserCode = $"{letters[..4]}-{letters[4..]}";
        return default;
    }
}

/// <summary>Says how often a device may ask, so that nobody has to know the default.</summary>
internal sealed class TellPollInterval : IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>
{
    public ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context)
    {
        if (context.Response is { DeviceCode: not null } response) response["interval"] = DeviceGrant.Interval;
        return default;
    }
}

/// <summary>
/// A device that asks too often is told to slow down, and may then ask less often (RFC 8628, section 3.5). The row is locked by
/// the transaction that the token endpoint has begun, and the note is committed with the refusal.
/// </summary>
internal sealed class SlowDown(AppDbContext db, TimeProvider time) : IOpenIddictServerHandler<ValidateTokenContext>
{
    // A poll that was sent in time may be a little late, and the next one then early.
    private static readonly TimeSpan Jitter = TimeSpan.FromSeconds(1);

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal?.GetTokenType() != TokenTypeIdentifiers.Private.DeviceCode || !Guid.TryParse(context.TokenId, out var id)) return;
        if (context.Request?.ClientId is { } client && !context.Principal.HasPresenter(client))
        {
            // OpenIddict finds that out later, and would tell a stranger until then what the code waits for.
            context.Reject(Errors.InvalidGrant, "The device code was issued to another client.");
            return;
        }

        if (await db.Set<OAuthToken>().FirstOrDefaultAsync(token => token.Id == id, context.CancellationToken) is not { Status: Statuses.Inactive } code) return;

        var (now, interval) = (time.GetUtcNow(), code.PollInterval ?? DeviceGrant.Interval);
        var tooFast = code.PolledAt is { } polled && now < polled.AddSeconds(interval) - Jitter;
        code.PolledAt = now;
        if (!tooFast) return;

        code.PollInterval = interval + DeviceGrant.Interval;
        context.Reject(Errors.SlowDown, $"The interval between two requests is {code.PollInterval} seconds now.");
    }
}

/// <summary>
/// A user code that was answered is refused, and nothing more: whoever sends a form twice, or reads the code from a screen, is no thief of what
/// the device gets. OpenIddict would take it for a replay and revoke the device's code with it.
/// </summary>
internal sealed class RefuseAnsweredUserCode(AppDbContext db) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal?.GetTokenType() != TokenTypeIdentifiers.Private.UserCode || !Guid.TryParse(context.TokenId, out var id)) return;

        if (await db.Set<OAuthToken>().AsNoTracking().AnyAsync(token => token.Id == id && token.Status == Statuses.Redeemed, context.CancellationToken))
            context.Reject(Errors.InvalidToken, "The user code was answered already.");
    }
}

/// <summary>The session was begun by the device, before anybody knew whose it would be: now it is theirs, with what they agreed to.</summary>
internal sealed class ClaimDeviceSession(AppDbContext db) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType != OpenIddictServerEndpointType.EndUserVerification || !Guid.TryParse(context.Principal?.GetAuthorizationId(), out var id)) return;

        var session = await db.Set<OAuthAuthorization>().FirstAsync(row => row.Id == id, context.CancellationToken);
        session.Subject = context.Principal!.GetClaim(Claims.Subject);
        session.Scopes = JsonSerializer.Serialize(context.Principal!.GetScopes());
    }
}

/// <summary>Of two people who answer one code at once, the second is told that it was used; OpenIddict would find nobody to tell.</summary>
internal sealed class TellLostDecision : IOpenIddictServerHandler<ApplyEndUserVerificationResponseContext>
{
    public ValueTask HandleAsync(ApplyEndUserVerificationResponseContext context)
    {
        if (context.Error is not { Length: > 0 } or Errors.AccessDenied || context.Transaction.GetProperty<AuthenticationProperties>(typeof(AuthenticationProperties).FullName!) is null) return default;

        context.Transaction.GetHttpRequest()!.HttpContext.Response.Redirect(DeviceGrant.Page + QueryString.Create("user_code", context.Request?.UserCode ?? ""));
        context.HandleRequest();
        return default;
    }
}
