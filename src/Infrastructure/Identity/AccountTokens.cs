using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace GoApi.Infrastructure.Identity;

/// <summary>
/// Tokens that say one thing of one account for a while. They are encrypted (Data Protection) and stored nowhere: each is bound to
/// the account's security stamp and address, so that a new password or a new address makes all of them void.
/// </summary>
internal sealed class AccountTokens(IDataProtectionProvider protection, TimeProvider time)
{
    private const int IdSize = 16;
    private const int TimeSize = 8;

    /// <param name="subject">What else it is bound to, where the account alone does not tell.</param>
    public string Make(AccountTokenPurpose purpose, AppUser user, string? subject = null)
    {
        var content = new byte[IdSize + TimeSize + SHA256.HashSizeInBytes];
        user.Id.TryWriteBytes(content, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(IdSize), (time.GetUtcNow() + purpose.Life).ToUnixTimeMilliseconds());
        State(user, subject).CopyTo(content, IdSize + TimeSize);
        return Base64Url.EncodeToString(Protector(purpose).Protect(content));
    }

    /// <summary>Whose it says it is; null where it is not ours, of another purpose or too old.</summary>
    public AccountToken? Open(AccountTokenPurpose purpose, string token)
    {
        if (!Base64Url.IsValid(token)) return null;

        byte[] content;
        try
        {
            content = Protector(purpose).Unprotect(Base64Url.DecodeFromChars(token));
        }
        catch (CryptographicException)
        {
            return null;
        }

        var expires = BinaryPrimitives.ReadInt64BigEndian(content.AsSpan(IdSize));
        return time.GetUtcNow().ToUnixTimeMilliseconds() < expires ? new AccountToken(new Guid(content.AsSpan(0, IdSize), bigEndian: true), content[(IdSize + TimeSize)..]) : null;
    }

    internal static byte[] State(AppUser user, string? subject) => SHA256.HashData(Encoding.UTF8.GetBytes($"{user.SecurityStamp}\n{user.NormalizedEmail}\n{subject}"));

    private IDataProtector Protector(AccountTokenPurpose purpose) => protection.CreateProtector("users.account-token", purpose.Name);
}

/// <param name="Name">Part of what the token is encrypted for.</param>
/// <param name="Life">From when it is made.</param>
internal sealed record AccountTokenPurpose(string Name, TimeSpan Life)
{
    /// <summary>Between the password and the second factor.</summary>
    public static AccountTokenPurpose LogIn { get; } = new("login", TimeSpan.FromMinutes(5));

    public static AccountTokenPurpose PasswordReset { get; } = new("password-reset", TimeSpan.FromHours(1));

    /// <summary>Bound to the request and its address.</summary>
    public static AccountTokenPurpose EmailChange { get; } = new("email-change", TimeSpan.FromHours(24));
}

/// <summary>A token of ours; it is good only if it fits the account as that is now.</summary>
internal sealed record AccountToken(Guid UserId, byte[] State)
{
    public bool Fits(AppUser user, string? subject = null) => CryptographicOperations.FixedTimeEquals(State, AccountTokens.State(user, subject));
}
