using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s, one step of tolerance) and recovery codes. Changes are tracked and
/// saved by <c>IUnitOfWork</c>, but a code that was accepted is used up at once: of several uses at the same time one succeeds.
/// Wrong codes count towards the account's lockout, as wrong passwords do.
/// </summary>
public interface ISecondFactor
{
    /// <summary>Makes a secret that waits to be confirmed, in place of one that waits already. <see cref="UserErrors.MfaIsOn"/> where one is in use.</summary>
    Task<Result<TotpEnrolment>> EnrolAsync(Guid userId, CancellationToken ct);

    /// <summary>Turns it on with a code of the secret that waits, and raises <see cref="MfaEnabled"/>.</summary>
    Task<Result<RecoveryCodes>> ConfirmAsync(Guid userId, Secret code, CancellationToken ct);

    /// <summary>Forgets the secret and the recovery codes, and raises <see cref="MfaDisabled"/>.</summary>
    Task<Result<Done>> DisableAsync(Guid userId, CancellationToken ct);

    /// <summary>New codes in place of all that there are; raises <see cref="RecoveryCodesRenewed"/>.</summary>
    Task<Result<RecoveryCodes>> RenewRecoveryCodesAsync(Guid userId, CancellationToken ct);

    /// <summary>
    /// Whose log-in waits for its second step. <see cref="UserErrors.LogInExpired"/> for a token that is not ours or too old, and where the
    /// password, the status or the second factor itself has changed since.
    /// </summary>
    Task<Result<LoginAccount>> FindLogInAsync(string mfaToken, CancellationToken ct);

    /// <summary>Takes a TOTP or recovery code for a log-in. <see cref="UserErrors.WrongCode"/> also where the account is locked.</summary>
    Task<Result<AuthenticationMethods>> CheckCodeAsync(Guid userId, Secret code, CancellationToken ct);
}

/// <param name="Secret">Base32, for people who type it.</param>
/// <param name="OtpauthUri">What the QR code says, for programs that take it.</param>
/// <param name="QrCode">A PNG as data URI.</param>
public sealed record TotpEnrolment(string Secret, string OtpauthUri, string QrCode);

/// <summary>Each stands in for a TOTP code once; they are shown here and never again.</summary>
public sealed record RecoveryCodes(IReadOnlyList<string> Codes);
