using GoApi.Domain.Kernel;

namespace GoApi.Domain.Users;

public static class UserErrors
{
    public static Error EmailTaken { get; } = Error.Conflict("An account with this e-mail address exists already.", "email");

    /// <summary>The same for a wrong password, an unknown address, a suspended and a locked account: the answer tells nobody which.</summary>
    public static Error BadCredentials { get; } = Error.Unauthorized("The e-mail address or the password is wrong.");

    /// <summary>More passwords are to be hashed than this machine can in a few seconds.</summary>
    public static Error TooManyPasswords { get; } = Error.RateLimited("Too many people are logging in right now; try again in a moment.");

    /// <summary>Of the second step of a log-in; the same for a wrong code, a used one and a locked account.</summary>
    public static Error WrongCode { get; } = Error.Unauthorized("The code is wrong, or was used before.");

    /// <summary>The second step came too late, or the account has changed since the first.</summary>
    public static Error LogInExpired { get; } = Error.Unauthorized("This log-in has expired; begin again.");

    /// <summary>Of somebody who is logged in, and proves once more who they are.</summary>
    public static Error WrongPassword { get; } = Error.Invalid("password", "The password is wrong.");

    public static Error WrongOldPassword { get; } = Error.Invalid("old_password", "The password is wrong.");

    public static Error WrongConfirmation { get; } = Error.Invalid("code", "The code is wrong, or was used before.");

    public static Error MfaNotBegun { get; } = Error.Conflict("There is nothing to confirm: begin with POST /api/v1/users/me/mfa/totp.");

    public static Error MfaIsOn { get; } = Error.Conflict("Multi-factor authentication is on already; turn it off first.");

    public static Error MfaIsOff { get; } = Error.Conflict("Multi-factor authentication is off.");

    public static Error BadToken { get; } = Error.Invalid("token", "The token is invalid, used or expired.");

    public static Error SameEmail { get; } = Error.Invalid("email", "This is your e-mail address already.");

    public static Error BadPhone { get; } = Error.Invalid("phone", "This is no number that text messages can be sent to; give it with its country code, such as +442079460000.");

    /// <summary>The same where nothing waits to be confirmed, the code is too old, or too many were tried.</summary>
    public static Error WrongPhoneCode { get; } = Error.Invalid("code", "The code is wrong or has expired; ask for a new one if need be.");

    public static Error NotAPicture { get; } = new(ErrorKind.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "This is not a picture: PNG, JPEG, WebP and GIF are accepted.", []);

    public static Error DamagedPicture { get; } = Error.Invalid("file", "The picture is damaged.");

    public static Error HugePicture { get; } = Error.Invalid("file", "The picture is too large: at most 12,000 pixels a side and 40 million in all.");

    public static Error BadRefreshToken { get; } = Error.Unauthorized("The refresh token is invalid, used or expired.");

    public static Error EmailNotVerified { get; } = Error.Forbidden("The e-mail address has to be verified first.");

    public static Error NoSuchAuthorization { get; } = Error.NotFound("The authorization");

    public static Error NoSuchSession { get; } = Error.NotFound("The session");

    public static Error LastAdministrator { get; } = Error.Conflict("This is the last active administrator; appoint another one first.");

    public static Error TooManyMessages(TimeSpan retryAfter) => Error.RateLimited("Too many text messages were asked for; try again later.", retryAfter);

    /// <summary>Whoever may not log in gets no link to a new password.</summary>
    public static Error Suspended { get; } = Error.Conflict("The account is suspended; reinstate it first.");

    public static Error NotFound { get; } = Error.NotFound("The user");
}
