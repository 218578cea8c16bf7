using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Identity;

namespace GoApi.Infrastructure.Identity;

/// <summary>bcrypt with the configured work factor; a hash of a lower one is good, and is replaced at the log-in that shows it.</summary>
internal sealed class BcryptPasswordHasher(AppSettings settings) : IPasswordHasher<AppUser>
{
    /// <summary>A hash of nothing that anybody has: a log-in with an unknown address takes as long as one with a known one.</summary>
    public string Dummy { get; } = BCrypt.Net.BCrypt.HashPassword(Guid.CreateVersion7().ToString(), settings.BcryptWorkFactor);

    public string HashPassword(AppUser user, string password) => BCrypt.Net.BCrypt.HashPassword(password, settings.BcryptWorkFactor);

    public PasswordVerificationResult VerifyHashedPassword(AppUser user, string hashedPassword, string providedPassword)
    {
        if (!BCrypt.Net.BCrypt.Verify(providedPassword, hashedPassword)) return PasswordVerificationResult.Failed;

        return BCrypt.Net.BCrypt.PasswordNeedsRehash(hashedPassword, settings.BcryptWorkFactor)
            ? PasswordVerificationResult.SuccessRehashNeeded
            : PasswordVerificationResult.Success;
    }
}
