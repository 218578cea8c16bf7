using System.Security.Cryptography;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Changes the signing keys: on schedule, and by hand. One instance at a time, each step a transaction with its audit entry; what
/// another instance has done meanwhile is seen, because the keys are read after the lock is held.
/// </summary>
internal sealed partial class KeyRotation(
    IServiceScopeFactory scopes, IDatabaseLock exclusive, EncryptionKey encryption, OAuthSettings settings, TimeProvider time, ILogger<KeyRotation> logger) : ISigningKeyAdministration
{
    private const string Lock = "signing-keys";

    // OpenIddict's ID tokens live twenty minutes; the access token is the longer one unless it is set very short.
    private static readonly TimeSpan IdentityTokenLife = TimeSpan.FromMinutes(20);

    /// <summary>For clocks that differ, and for a request that took its key just before a rotation.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private KeyPolicy Policy { get; } = new(
        settings.KeyLifetime, settings.KeyPublishAhead,
        (settings.AccessTokenExpiry > IdentityTokenLife ? settings.AccessTokenExpiry : IdentityTokenLife) + Margin);

    /// <summary>Does what the schedule asks for, which is nothing most of the time.</summary>
    public async Task MaintainAsync(CancellationToken ct)
    {
        await using (var scope = scopes.CreateAsyncScope())
            if (KeySchedule.Decide(await ReadAsync(scope, ct), time.GetUtcNow(), Policy) is null) return;

        await using var held = await exclusive.TakeAsync(Lock, ct);
        while (await InScopeAsync(async (scope, keys) => KeySchedule.Decide(keys, time.GetUtcNow(), Policy) is { } step && await TakeAsync(scope, keys, step, ct), ct))
        {
        }
    }

    public async Task<IReadOnlyList<SigningKeyInfo>> ListAsync(CancellationToken ct) => await InScopeAsync((_, keys) => Task.FromResult<IReadOnlyList<SigningKeyInfo>>(
        [.. keys.OrderBy(key => key.State).ThenByDescending(key => key.CreatedAt)
            .Select(key => new SigningKeyInfo(key.KeyId, key.Algorithm, key.State.ToText(), key.CreatedAt, key.ActivatedAt, key.VerifiesUntil))]), ct);

    public async Task<string> RotateAsync(CancellationToken ct)
    {
        await using var held = await exclusive.TakeAsync(Lock, ct);
        return await PromoteAsync(ct);
    }

    public async Task<bool> RevokeAsync(string keyId, CancellationToken ct)
    {
        await using var held = await exclusive.TakeAsync(Lock, ct);
        var known = await InScopeAsync((_, keys) => Task.FromResult(keys.FirstOrDefault(key => key.KeyId == keyId)?.State), ct);
        if (known is null) return false;
        if (known == SigningKeyState.Active) await PromoteAsync(ct);

        return await InScopeAsync(async (scope, keys) =>
        {
            var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
            // Two ways at once: the revocation is known to every bearer check within a second, and the row is gone for everything else.
            scope.ServiceProvider.GetRequiredService<RevocationWriter>().Add(RevocationKind.Key, keyId);
            db.Remove(keys.Single(key => key.KeyId == keyId));
            await RecordAsync(scope, "oauth.key_revoked", keyId, ct);
            Revoked(logger, keyId);
            return true;
        }, ct);
    }

    // The next key where there is one; it may be that nobody outside has seen it yet, but whoever rotates by hand has a reason.
    private async Task<string> PromoteAsync(CancellationToken ct)
    {
        await InScopeAsync(async (scope, keys) => keys.Any(key => key.State == SigningKeyState.Next) || await TakeAsync(scope, keys, new KeyStep.MakeNext(), ct), ct);
        return await InScopeAsync(async (scope, keys) =>
        {
            var next = keys.Single(key => key.State == SigningKeyState.Next);
            await TakeAsync(scope, keys, new KeyStep.Promote(next.Id), ct);
            return next.KeyId;
        }, ct);
    }

    private async Task<bool> TakeAsync(AsyncServiceScope scope, List<SigningKey> keys, KeyStep step, CancellationToken ct)
    {
        var (db, now) = (scope.ServiceProvider.GetRequiredService<AppDbContext>(), time.GetUtcNow());
        switch (step)
        {
            case KeyStep.MakeActive or KeyStep.MakeNext:
                var made = Make(step is KeyStep.MakeActive, now);
                db.Add(made);
                await RecordAsync(scope, step is KeyStep.MakeActive ? "oauth.key_activated" : "oauth.key_published", made.KeyId, ct);
                Published(logger, made.KeyId, made.State);
                break;

            case KeyStep.Promote promote:
                // Two saves: the index allows one active key at any moment.
                await using (var transaction = await db.Database.BeginTransactionAsync(ct))
                {
                    if (keys.Find(key => key.State == SigningKeyState.Active) is { } active) (active.State, active.VerifiesUntil) = (SigningKeyState.Retired, now + Policy.TokenLife);
                    await db.SaveChangesAsync(ct);
                    var next = keys.Single(key => key.Id == promote.Next);
                    (next.State, next.ActivatedAt) = (SigningKeyState.Active, now);
                    await RecordAsync(scope, "oauth.key_activated", next.KeyId, ct);
                    await transaction.CommitAsync(ct);
                    Activated(logger, next.KeyId);
                }

                break;

            case KeyStep.Remove remove:
                var done = keys.Single(key => key.Id == remove.Key);
                db.Remove(done);
                await RecordAsync(scope, "oauth.key_removed", done.KeyId, ct);
                Removed(logger, done.KeyId);
                break;
        }

        return true;
    }

    private SigningKey Make(bool active, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new SigningKey
        {
            Id = Guid.CreateVersion7(now),
            Algorithm = SecurityAlgorithms.EcdsaSha256,
            PrivateKey = encryption.Encrypt(SigningKeys.Purpose, key.ExportPkcs8PrivateKey()),
            CreatedAt = now,
            State = active ? SigningKeyState.Active : SigningKeyState.Next,
            ActivatedAt = active ? now : null,
        };
    }

    private async Task<T> InScopeAsync<T>(Func<AsyncServiceScope, List<SigningKey>, Task<T>> work, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope, await ReadAsync(scope, ct));
    }

    private static Task<List<SigningKey>> ReadAsync(AsyncServiceScope scope, CancellationToken ct) =>
        scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<SigningKey>().ToListAsync(ct);

    private static Task<int> RecordAsync(AsyncServiceScope scope, string action, string keyId, CancellationToken ct)
    {
        scope.ServiceProvider.GetRequiredService<IAuditTrail>().Record(action, AuditStatus.Success, "signing_key", keyId);
        return scope.ServiceProvider.GetRequiredService<AppDbContext>().SaveChangesAsync(ct);
    }

    [LoggerMessage(1310, LogLevel.Information, "Signing key {KeyId} is made and published: {State}")]
    private static partial void Published(ILogger logger, string keyId, SigningKeyState state);

    [LoggerMessage(1311, LogLevel.Information, "Signing key {KeyId} signs from now on; the one before it still verifies")]
    private static partial void Activated(ILogger logger, string keyId);

    [LoggerMessage(1312, LogLevel.Information, "Signing key {KeyId} is removed: nothing that it signed is valid any more")]
    private static partial void Removed(ILogger logger, string keyId);

    [LoggerMessage(1313, LogLevel.Warning, "Signing key {KeyId} is revoked: nothing that it signed is valid any more")]
    private static partial void Revoked(ILogger logger, string keyId);
}

/// <summary>Keeps to the schedule, in every host: whichever comes first does it.</summary>
internal sealed partial class KeyRotationWork(KeyRotation rotation, TimeProvider time, ILogger<KeyRotationWork> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await rotation.MaintainAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The keys stay as they are, and that is good for a long time.
                Failed(logger, fault);
            }
        }
    }

    [LoggerMessage(1314, LogLevel.Warning, "The signing keys could not be looked after; it is tried again in ten minutes")]
    private static partial void Failed(ILogger logger, Exception fault);
}
