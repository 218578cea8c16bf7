using GoApi.Domain.Kernel;

namespace GoApi.Domain.Users;

public static class UserErrors
{
    public static Error EmailTaken { get; } = Error.Conflict("An account with this e-mail address exists already.", "email");

    /// <summary>The same for a wrong password, an unknown address, a suspended and a locked account: the answer tells nobody which.</summary>
    public static Error BadCredentials { get; } = Error.Unauthorized("The e-mail address or the password is wrong.");

    /// <summary>Of the second step of a log-in; the same for a wrong code, a used one and a locked account.</summary>
    public static Error WrongCode { get; } = Error.Unauthorized("The code is wrong, or was used before.");

    /// <summary>The second step came too late, or the account has changed since the first.</summary>
    public static Error LogInExpired { get; } = Error.Unauthorized("This log-in has expired; begin again.");

    /// <summary>Of somebody who is logged in, and proves once more who they are.</summary>
    public static Error WrongPassword { get; } = Error.Invalid("password", "The password is wrong.");

    public static Error WrongConfirmation { get; } = Error.Invalid("code", "The code is wrong, or was used before.");

    public static Error MfaNotBegun { get; } = Error.Conflict("There is nothing to confirm: begin with POST /api/v1/users/me/mfa/totp.");

    public static Error MfaIsOn { get; } = Error.Conflict("Multi-factor authentication is on already; turn it off first.");

    public static Error MfaIsOff { get; } = Error.Conflict("Multi-factor authentication is off.");

    public static Error BadToken { get; } = Error.Invalid("token", "The token is invalid, used or expired.");

    public static Error BadRefreshToken { get; } = Error.Unauthorized("The refresh token is invalid, used or expired.");

    public static Error EmailNotVerified { get; } = Error.Forbidden("The e-mail address has to be verified first.");

    public static Error NoSuchAuthorization { get; } = Error.NotFound("The authorization");

    public static Error LastAdministrator { get; } = Error.Conflict("This is the last active administrator; appoint another one first.");

    /// <summary>Whoever may not log in gets no link to a new password.</summary>
    public static Error Suspended { get; } = Error.Conflict("The account is suspended; reinstate it first.");

    public static Error NotFound { get; } = Error.NotFound("The user");
}
