using System.Security.Cryptography;
using System.Text;
using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>
/// Failures with a password or a code lock for a while, and for longer each time. Three things are counted apart: an account, whoever tries
/// it from wherever; a device that has logged in to the account before, instead of the account, so that strangers who guess do not lock
/// its owner out (OWASP Authentication Cheat Sheet, device cookies); and an address, whichever accounts are tried from it. Addresses
/// without an account are counted like accounts: nothing tells them apart. Counted by the database in one statement: parallel guesses count one by one.
/// </summary>
internal sealed class Lockout(AppDbContext db, KnownDevices devices, StoredKeys keys, HttpSettings http, ICurrentActor actor, TimeProvider time)
{
    private static readonly string OnPostgreSql = Count("GREATEST", "LEAST");
    private static readonly string OnSqlite = Count("max", "min");

    /// <param name="normalizedEmail">That was typed, or that of the account.</param>
    /// <param name="userId">Null where nobody has the address.</param>
    public async Task<LogInAttempt> FindAttemptAsync(string normalizedEmail, Guid? userId, CancellationToken ct)
    {
        // Asked for nobody as well: the answer must not come sooner.
        var device = await devices.FindAsync(userId ?? Guid.Empty, ct);
        var account = new Throttled(device is null ? OfAccount(normalizedEmail) : OfDevice(device.Id), ThrottlePolicy.Account);
        var network = ThrottlePolicy.Address(http.RateLimitCredentials) is { } policy && device is null ? new Throttled($"address:{Digest(ClientNetwork.Of(actor.IpAddress))}", policy) : null;
        return new LogInAttempt(account, network);
    }

    /// <summary>To be asked after the password was looked at: of any number of guesses at once none that comes after the lock is worth anything.</summary>
    public async Task<ThrottleState> LookAsync(LogInAttempt attempt, CancellationToken ct)
    {
        var (now, subjects) = (Now(), attempt.Subjects.Select(one => one.Subject).ToArray());
        var latest = now + (long)ThrottlePolicy.Longest.TotalMilliseconds;
        var rows = await db.Set<LogInThrottle>().AsNoTracking().Where(row => subjects.Contains(row.Subject)).ToListAsync(ct);
        return new ThrottleState(rows.Exists(row => row.LockedUntil > now && row.LockedUntil <= latest), rows.Exists(row => row.Subject == attempt.Account.Subject));
    }

    public async Task CountFailureAsync(LogInAttempt attempt, CancellationToken ct)
    {
        foreach (var one in attempt.Subjects) await CountAsync(one, ct);
    }

    /// <summary>
    /// Counts first: of any number of guesses at once no more than the limit are looked at. False where it is locked.
    /// <see cref="ForgetAsync"/> takes it back where the guess was right.
    /// </summary>
    public async Task<bool> TakeAttemptAsync(LogInAttempt attempt, CancellationToken ct) => await CountAsync(attempt.Account, ct) == 1;

    /// <summary>Somebody was right. An address is not forgiven for it: whoever tries many accounts may have one of their own.</summary>
    public Task ForgetAsync(LogInAttempt attempt, CancellationToken ct) => db.Set<LogInThrottle>().Where(row => row.Subject == attempt.Account.Subject).ExecuteDeleteAsync(ct);

    /// <summary>A new password: what was guessed at the old one does not count any more, from whichever device.</summary>
    public async Task ForgetAllAsync(AppUser user, CancellationToken ct)
    {
        var known = await db.Set<UserDevice>().Where(device => device.UserId == user.Id).Select(device => device.Id).ToListAsync(ct);
        string[] subjects = [OfAccount(user.NormalizedEmail!), .. known.Select(OfDevice)];
        await db.Set<LogInThrottle>().Where(row => subjects.Contains(row.Subject)).ExecuteDeleteAsync(ct);
    }

    private Task<int> CountAsync(Throttled one, CancellationToken ct)
    {
        var now = Now();
        object[] values = [one.Subject, now, (long)one.Policy.Forgives.TotalMilliseconds, (long)one.Policy.Limit, (long)ThrottlePolicy.First.TotalMilliseconds, ThrottlePolicy.Doublings, now + (long)ThrottlePolicy.Longest.TotalMilliseconds];
        return db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? OnPostgreSql : OnSqlite, values, ct);
    }

    private string OfAccount(string normalizedEmail) => $"account:{Digest(normalizedEmail)}";

    private static string OfDevice(Guid id) => $"device:{id}";

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    // Time forgives a failure now and then. What is locked counts nothing: somebody who goes on guessing would lock it for ever. A lock further
    // off than the longest is the work of a clock that has jumped.
    private static string Count(string greatest, string least)
    {
        var failures = $$"""({{greatest}}(log_in_throttles.failures - {{greatest}}({1} - log_in_throttles.last_failure_at, 0) / {2}, 0) + 1)""";
        return $$"""
            INSERT INTO log_in_throttles (subject, failures, last_failure_at, locked_until) VALUES ({0}, 1, {1}, 0)
            ON CONFLICT (subject) DO UPDATE SET
                failures = {{failures}},
                last_failure_at = {1},
                locked_until = CASE WHEN {{failures}} < {3} THEN 0 ELSE {1} + ({4} << CAST({{least}}({{failures}} - {3}, {5}) AS integer)) END
            WHERE log_in_throttles.locked_until <= {1} OR log_in_throttles.locked_until > {6}
            """;
    }

    // Keyed: the table tells nobody which addresses there are.
    private string Digest(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(keys.Get(StoredKeys.LogInThrottles), Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
