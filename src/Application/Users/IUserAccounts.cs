using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// The accounts that people log in with. Changes are tracked and saved by <c>IUnitOfWork</c>.
/// E-mail addresses are compared without regard to case.
/// </summary>
public interface IUserAccounts
{
    Task<bool> EmailExistsAsync(string email, CancellationToken ct);

    /// <summary>
    /// Adds an account and its <see cref="UserRegistered"/> event. Hashing the password costs about a quarter of a second of CPU, so here as
    /// everywhere it may be <see cref="UserErrors.TooManyPasswords"/>.
    /// </summary>
    Task<Result<Guid>> AddAsync(NewAccount account, Secret password, CancellationToken ct);

    /// <summary>Somebody registered an address that is known: its owner learns of it by mail. Takes as long as <see cref="AddAsync"/>.</summary>
    Task<Result<Done>> TellOwnerOfRegistrationAsync(string email, Secret password, CancellationToken ct);

    /// <summary>
    /// Takes the same time whether the address is unknown, the password is wrong, or the account is locked or suspended.
    /// A wrong password counts towards the lockout of the device where that is known to the account, else of the account, and of the address.
    /// The right one forgets earlier failures, unless a second factor is still to come: otherwise whoever knows the password could guess
    /// codes for ever.
    /// </summary>
    Task<Result<LoginAccount>> CheckPasswordAsync(string email, Secret password, CancellationToken ct);

    /// <summary>
    /// Somebody has proved who they are: notes the time, and the device, which is known from then on. <see cref="UserErrors.BadCredentials"/>
    /// where the account has changed since (its password, its status). Within a transaction the account stays as it is until that ends, so
    /// no session outlives what ends all of them.
    /// </summary>
    /// <returns>What the device is to be known by; null where it is known by its place only.</returns>
    Task<Result<string?>> CompleteLogInAsync(SignedIn person, CancellationToken ct);

    /// <summary>
    /// Somebody who is logged in proves once more who they are. <see cref="UserErrors.WrongPassword"/> also where the account is locked;
    /// a wrong password counts towards the lockout.
    /// </summary>
    Task<Result<Done>> ConfirmPasswordAsync(Guid userId, Secret password, CancellationToken ct);

    /// <summary>Null where nobody has the address, or it is verified already.</summary>
    Task<Guid?> FindUnverifiedAsync(string email, CancellationToken ct);

    /// <summary>Raises <see cref="VerificationRequested"/>.</summary>
    Task RequestVerificationAsync(Guid userId, CancellationToken ct);

    /// <summary>A single-use token for the mail that is being rendered; it is stored nowhere. Null where there is nothing to verify any more.</summary>
    Task<(string Email, string FirstName, string Token, string? Locale)?> MakeVerificationTokenAsync(Guid userId, CancellationToken ct);

    /// <summary>Marks the address as verified, where the token is good.</summary>
    Task<Result<Guid>> VerifyEmailAsync(string token, CancellationToken ct);

    /// <summary>Replaces the profile. <see cref="ErrorKind.NotFound"/> where there is no such user.</summary>
    Task<Result<Done>> UpdateProfileAsync(Guid userId, Profile profile, CancellationToken ct);
}

public sealed record NewAccount(string Email, string FirstName, string LastName, string? Phone, Role Role = Role.User, bool EmailVerified = false);

/// <summary>Somebody who showed the right password.</summary>
/// <param name="Stamp">Changes with the credentials of the account; it never leaves the program.</param>
/// <param name="MfaToken">Where a second factor is still to come: says for five minutes that the password was right. It is stored nowhere.</param>
public sealed record LoginAccount(Guid Id, bool EmailVerified, string Stamp, string? MfaToken = null);

/// <summary>What a user says about themselves.</summary>
public sealed record Profile(
    string FirstName, string LastName, string? Phone, string? Bio, DateOnly? DateOfBirth, string? Gender,
    string? Address, string? City, string? State, string? Country, string? ZipCode, string? Locale, string? TimeZone);
