using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OtpNet;
using QRCoder;

namespace GoApi.Infrastructure.Identity;

internal sealed class SecondFactor(AppDbContext db, EncryptionKey encryption, StoredKeys keys, AccountTokens tokens, Lockout lockout, AppSettings settings, TimeProvider time) : ISecondFactor
{
    private const int CodeCount = 10;
    private const int CodeLength = 10;
    private const int PixelsPerModule = 6;

    // RFC 4226, section 4: a secret has 160 bits.
    private const int SecretSize = 20;

    // Crockford's: nothing in it reads like something else.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private static readonly VerificationWindow Tolerance = new(previous: 1, future: 1);

    public async Task<Result<TotpEnrolment>> EnrolAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (user.TwoFactorEnabled) return UserErrors.MfaIsOn;

        var secret = RandomNumberGenerator.GetBytes(SecretSize);
        var encrypted = encryption.Encrypt(UserTotp.Purpose(userId), secret);
        if (await FindTotpAsync(userId, ct) is { } waiting) (waiting.Secret, waiting.LastStep) = (encrypted, 0);
        else db.Add(new UserTotp { UserId = userId, Secret = encrypted });
        Touch(user);

        // A colon would end the issuer (Key URI format).
        var text = Base32Encoding.ToString(secret);
        var uri = new OtpUri(OtpType.Totp, text, user.Email, settings.Name.Replace(':', ' ')).ToString();
        return new TotpEnrolment(text, uri, $"data:image/png;base64,{Convert.ToBase64String(PngByteQRCodeHelper.GetQRCode(uri, QRCodeGenerator.ECCLevel.M, PixelsPerModule))}");
    }

    public async Task<Result<RecoveryCodes>> ConfirmAsync(Guid userId, Secret code, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (user.TwoFactorEnabled) return UserErrors.MfaIsOn;
        if (await FindTotpAsync(userId, ct) is not { } totp) return UserErrors.MfaNotBegun;

        var attempt = await lockout.FindAttemptAsync(user.NormalizedEmail!, userId, ct);
        if ((await lockout.LookAsync(attempt, ct)).IsLocked) return UserErrors.WrongConfirmation;
        if (!await ClaimStepAsync(totp, Plain(code), ct))
        {
            await lockout.CountFailureAsync(attempt, ct);
            return UserErrors.WrongConfirmation;
        }

        user.TwoFactorEnabled = true;
        user.Raise(new MfaEnabled(userId));
        Touch(user);
        return await ReplaceRecoveryCodesAsync(userId, ct);
    }

    public async Task<Result<Done>> DisableAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (!user.TwoFactorEnabled) return UserErrors.MfaIsOff;

        user.TwoFactorEnabled = false;
        user.Raise(new MfaDisabled(userId));
        Touch(user);
        if (await FindTotpAsync(userId, ct) is { } totp) db.Remove(totp);
        db.RemoveRange(await db.Set<UserRecoveryCode>().Where(row => row.UserId == userId).ToListAsync(ct));
        return Done.Value;
    }

    public async Task<Result<RecoveryCodes>> RenewRecoveryCodesAsync(Guid userId, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { Status: UserStatus.Active } user) return UserErrors.NotFound;
        if (!user.TwoFactorEnabled) return UserErrors.MfaIsOff;

        user.Raise(new RecoveryCodesRenewed(userId));
        Touch(user);
        return await ReplaceRecoveryCodesAsync(userId, ct);
    }

    public async Task<Result<LoginAccount>> FindLogInAsync(string mfaToken, CancellationToken ct)
    {
        if (tokens.Open(AccountTokenPurpose.LogIn, mfaToken) is not { } token) return UserErrors.LogInExpired;
        return await db.FindUserAsync(token.UserId, ct) is { Status: UserStatus.Active, TwoFactorEnabled: true } user && token.Fits(user)
            ? new LoginAccount(user.Id, user.EmailConfirmed, user.SecurityStamp!)
            : UserErrors.LogInExpired;
    }

    public async Task<Result<AuthenticationMethods>> CheckCodeAsync(Guid userId, Secret code, CancellationToken ct)
    {
        if (await db.FindUserAsync(userId, ct) is not { } user) return UserErrors.WrongCode;

        var attempt = await lockout.FindAttemptAsync(user.NormalizedEmail!, userId, ct);
        if (!await lockout.TakeAttemptAsync(attempt, ct)) return UserErrors.WrongCode;

        var typed = Plain(code);
        var methods = typed.Length == CodeLength
            ? await ClaimRecoveryCodeAsync(userId, typed, ct) ? AuthenticationMethods.PasswordAndRecoveryCode : null
            : await FindTotpAsync(userId, ct) is { } totp && await ClaimStepAsync(totp, typed, ct) ? AuthenticationMethods.PasswordAndTotp : null;
        if (methods is null) return UserErrors.WrongCode;

        await lockout.ForgetAsync(attempt, ct);
        return methods;
    }

    // The row decides, not what was read of it: of two that show one code at once, or an older one, only one moves the step on.
    private async Task<bool> ClaimStepAsync(UserTotp totp, string code, CancellationToken ct)
    {
        var authenticator = new Totp(encryption.Decrypt(UserTotp.Purpose(totp.UserId), totp.Secret));
        return authenticator.VerifyTotp(time.GetUtcNow().UtcDateTime, code, out var step, Tolerance)
            && await db.Set<UserTotp>().Where(row => row.UserId == totp.UserId && row.LastStep < step).ExecuteUpdateAsync(row => row.SetProperty(one => one.LastStep, step), ct) == 1;
    }

    private async Task<bool> ClaimRecoveryCodeAsync(Guid userId, string code, CancellationToken ct)
    {
        var hash = Hash(userId, code);
        return await db.Set<UserRecoveryCode>().Where(row => row.UserId == userId && row.CodeHash == hash).ExecuteDeleteAsync(ct) == 1;
    }

    private async Task<RecoveryCodes> ReplaceRecoveryCodesAsync(Guid userId, CancellationToken ct)
    {
        db.RemoveRange(await db.Set<UserRecoveryCode>().Where(row => row.UserId == userId).ToListAsync(ct));
        var codes = Enumerable.Range(0, CodeCount).Select(_ => RandomNumberGenerator.GetString(Alphabet, CodeLength)).ToArray();
        db.AddRange(codes.Select(code => new UserRecoveryCode { UserId = userId, CodeHash = Hash(userId, code) }));
        return new RecoveryCodes([.. codes.Select(code => $"{code[..(CodeLength / 2)]}-{code[(CodeLength / 2)..]}")]);
    }

    private Task<UserTotp?> FindTotpAsync(Guid userId, CancellationToken ct) => db.Set<UserTotp>().FirstOrDefaultAsync(row => row.UserId == userId, ct);

    // The version of the account is counted up: of two changes of the second factor at once, one is a conflict.
    private void Touch(AppUser user) => user.UpdatedAt = time.GetUtcNow();

    // Keyed, and for each account in its own way: the row alone is of no use to anybody.
    private byte[] Hash(Guid userId, string code) => HMACSHA256.HashData(keys.Get(StoredKeys.RecoveryCodes), Encoding.UTF8.GetBytes($"{userId}\n{code}"));

    // As people type it: with spaces and dashes, in capitals, and with letters that look like digits.
    private static string Plain(Secret code) => string.Concat(code.Value!
        .Where(letter => !char.IsWhiteSpace(letter) && letter != '-')
        .Select(letter => char.ToLowerInvariant(letter) switch
        {
            'o' => '0',
            'i' or 'l' => '1',
            var other => other,
        }));
}
