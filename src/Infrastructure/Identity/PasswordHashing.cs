using System.Threading.RateLimiting;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Identity;

namespace GoApi.Infrastructure.Identity;

/// <summary>
/// Hashes passwords, a few at a time: the others wait in a queue that is as long as what can be done within <see cref="Patience"/>, and beyond
/// it people are asked to come again. Hashing is meant to be slow; without a bound a few log-ins a second would take every core from all else.
/// </summary>
internal sealed class PasswordHashing(BcryptPasswordHasher hasher, AppSettings settings) : IDisposable
{
    /// <summary>The longest that somebody waits for their turn.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // bcrypt doubles with each step; it takes about a quarter of a second with a work factor of 12.
    private const double SecondsAtTwelve = 0.25;

    private readonly ConcurrencyLimiter limiter = new(Limits(settings));

    /// <summary><see cref="UserErrors.TooManyPasswords"/> where the queue is full.</summary>
    public async Task<Result<string>> HashAsync(Secret password, CancellationToken ct)
    {
        using var turn = await limiter.AcquireAsync(1, ct);
        return turn.IsAcquired ? hasher.HashPassword(null!, password.Value!) : UserErrors.TooManyPasswords;
    }

    /// <param name="hash">Null takes as long, and fails: the answer to an unknown address must not come sooner.</param>
    public async Task<Result<PasswordVerificationResult>> VerifyAsync(string? hash, Secret password, CancellationToken ct)
    {
        using var turn = await limiter.AcquireAsync(1, ct);
        if (!turn.IsAcquired) return UserErrors.TooManyPasswords;

        var verified = hasher.VerifyHashedPassword(null!, hash ?? hasher.Dummy, password.Value!);
        return hash is null ? PasswordVerificationResult.Failed : verified;
    }

    public void Dispose() => limiter.Dispose();

    internal static ConcurrencyLimiterOptions Limits(AppSettings settings)
    {
        var permits = settings.BcryptConcurrency > 0 ? settings.BcryptConcurrency : Math.Max(1, Environment.ProcessorCount / 2);
        var each = SecondsAtTwelve * Math.Pow(2, settings.BcryptWorkFactor - 12);
        return new ConcurrencyLimiterOptions
        {
            PermitLimit = permits,
            QueueLimit = (int)Math.Max(permits, permits * Patience.TotalSeconds / each),
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        };
    }
}
