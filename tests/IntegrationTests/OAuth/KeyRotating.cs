using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.OAuth;

[Trait("Promise", "S3")]
public abstract class KeyRotating(DatabaseFixture database)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Keys_are_published_used_retired_and_removed_by_the_clock_alone()
    {
        var time = new FakeTimeProvider(Start);
        await using var host = database.NewHost(services => services.AddSingleton<TimeProvider>(time));
        await EmptyAsync(host);

        Assert.Equal(["active"], await StatesAsync(host));
        await PassAsync(host, time, TimeSpan.FromDays(83));
        Assert.Equal(["active", "next"], await StatesAsync(host));
        var next = (await ListAsync(host))[1].KeyId;

        await PassAsync(host, time, TimeSpan.FromDays(7));
        Assert.Equal(["active", "retired"], await StatesAsync(host));
        Assert.Equal(next, (await ListAsync(host))[0].KeyId);

        await PassAsync(host, time, TimeSpan.FromSeconds(3_600 + 299));
        Assert.Equal(["active", "retired"], await StatesAsync(host));
        await PassAsync(host, time, TimeSpan.FromSeconds(1));
        Assert.Equal(["active"], await StatesAsync(host));
        Assert.Equal(["oauth.key_activated", "oauth.key_published", "oauth.key_activated", "oauth.key_removed"], await ActionsAsync(host));
    }

    [Fact, Trait("Promise", "N10")]
    public async Task Instances_that_do_it_at_once_do_it_once()
    {
        await using var first = database.NewHost();
        await using var second = database.NewHost();
        await EmptyAsync(first);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(turn => (turn % 2 == 0 ? first : second).GetRequiredService<KeyRotation>().MaintainAsync(CancellationToken.None)));

        Assert.Equal(["active"], await StatesAsync(first));
        await Task.WhenAll(Administration(first).RotateAsync(default), Administration(second).RotateAsync(default));
        Assert.Equal(["active", "retired", "retired"], await StatesAsync(first));
    }

    [Fact]
    public async Task Revoked_key_is_gone_and_known_to_be_and_another_signs()
    {
        await using var host = database.NewHost();
        await EmptyAsync(host);
        await host.GetRequiredService<KeyRotation>().MaintainAsync(default);
        var old = (await ListAsync(host))[0].KeyId;

        Assert.True(await Administration(host).RevokeAsync(old, default));
        Assert.False(await Administration(host).RevokeAsync(old, default));

        Assert.NotEqual(old, Assert.Single(await ListAsync(host)).KeyId);
        Assert.Equal(1, await WithAsync(host, db => db.Set<TokenRevocation>().CountAsync(row => row.Kind == RevocationKind.Key && row.Subject == old)));
        Assert.Contains("oauth.key_revoked", await ActionsAsync(host));
    }

    [Fact]
    public async Task Private_keys_are_not_stored_in_the_clear()
    {
        await using var host = database.NewHost();
        await host.GetRequiredService<KeyRotation>().MaintainAsync(default);
        var stored = await WithAsync(host, db => db.Set<SigningKey>().Select(key => key.PrivateKey).FirstAsync());

        using var key = System.Security.Cryptography.ECDsa.Create();
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => key.ImportPkcs8PrivateKey(stored, out _));
    }

    private static async Task PassAsync(ServiceProvider host, FakeTimeProvider time, TimeSpan span)
    {
        time.Advance(span);
        await host.GetRequiredService<KeyRotation>().MaintainAsync(CancellationToken.None);
    }

    private static async Task EmptyAsync(ServiceProvider host)
    {
        await WithAsync(host, db => db.Set<SigningKey>().ExecuteDeleteAsync());
        await host.GetRequiredService<KeyRotation>().MaintainAsync(CancellationToken.None);
    }

    private static ISigningKeyAdministration Administration(ServiceProvider host) => host.GetRequiredService<ISigningKeyAdministration>();

    private static Task<IReadOnlyList<SigningKeyInfo>> ListAsync(ServiceProvider host) => Administration(host).ListAsync(CancellationToken.None);

    private static async Task<string[]> StatesAsync(ServiceProvider host) => [.. (await ListAsync(host)).Select(key => key.State)];

    // Of this test's keys: the trail of others cannot be emptied.
    private static async Task<string[]> ActionsAsync(ServiceProvider host)
    {
        var last = await WithAsync(host, db => db.Set<AuditEntry>().Where(entry => entry.Resource == "signing_key").OrderByDescending(entry => entry.Sequence).Select(entry => entry.Action).Take(4).ToListAsync());
        last.Reverse();
        return [.. last];
    }

    private static async Task<T> WithAsync<T>(ServiceProvider host, Func<AppDbContext, Task<T>> work)
    {
        await using var scope = host.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }
}

public sealed class KeyRotatingOnPostgreSql(PostgreSqlDatabase database) : KeyRotating(database), IClassFixture<PostgreSqlDatabase>;

public sealed class KeyRotatingOnSqlite(SqliteDatabase database) : KeyRotating(database), IClassFixture<SqliteDatabase>;
