namespace GoApi.Application.Users;

/// <summary>How somebody proved who they are, in the words of RFC 8176: the claim <c>amr</c>.</summary>
public sealed record AuthenticationMethods
{
    private AuthenticationMethods(params string[] references) => References = references;

    public static AuthenticationMethods Password { get; } = new("pwd");

    public static AuthenticationMethods PasswordAndTotp { get; } = new("pwd", "otp", "mfa");

    /// <summary>RFC 8176 has no word for a recovery code; that it was a second factor is what matters.</summary>
    public static AuthenticationMethods PasswordAndRecoveryCode { get; } = new("pwd", "mfa");

    public IReadOnlyList<string> References { get; }
}
