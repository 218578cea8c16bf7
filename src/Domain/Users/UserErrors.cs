using GoApi.Domain.Kernel;

namespace GoApi.Domain.Users;

public static class UserErrors
{
    public static Error EmailTaken { get; } = Error.Conflict("An account with this e-mail address exists already.", "email");

    /// <summary>The same for a wrong password, an unknown address, a suspended and a locked account: the answer tells nobody which.</summary>
    public static Error BadCredentials { get; } = Error.Unauthorized("The e-mail address or the password is wrong.");

    public static Error BadToken { get; } = Error.Invalid("token", "The token is invalid, used or expired.");

    public static Error BadRefreshToken { get; } = Error.Unauthorized("The refresh token is invalid, used or expired.");

    public static Error EmailNotVerified { get; } = Error.Forbidden("The e-mail address has to be verified first.");

    public static Error NoSuchAuthorization { get; } = Error.NotFound("The authorization");

    public static Error NotFound { get; } = Error.NotFound("The user");
}
