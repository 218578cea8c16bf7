using System.Data.Common;
using System.Security.Cryptography;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Encryption;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Encryption;

/// <summary>Each test has a database of its own, because a rotation is of all that is in it.</summary>
[Trait("Promise", "A4")]
public abstract class Reencrypting(DatabaseFixture database) : IAsyncLifetime
{
    private const int PrefixSize = 4;

    private readonly string before = NewKey();
    private readonly string now = NewKey();

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        // The fixture's start made them with a key that is not this test's.
        await using var host = database.NewHost();
        await using var scope = host.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<StoredKey>().ExecuteDeleteAsync();
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return database.DisposeAsync();
    }

    [Fact]
    public async Task Everything_that_is_encrypted_needs_the_new_key_alone_and_is_what_it_was_and_the_trail_stays_byte_for_byte()
    {
        Planted planted;
        byte[] digests;
        await using (var old = await Installation.StartAsync(database, [before]))
        {
            (planted, digests) = (await old.PlantAsync(), old.Keys.Get(StoredKeys.ClientSecrets));
            // A column that nothing was planted in would not be tested.
            Assert.All(await old.CheckAsync(), state => Assert.True(state is { Current: > 0, Previous: 0, Unreadable: 0 }, $"{state}"));
        }

        List<string> trail;
        await using (var both = await Installation.StartAsync(database, [now, before]))
        {
            trail = await both.TrailAsync();
            await both.ReadsAsync(planted);
            var states = await both.CheckAsync();
            Assert.All(states, state => Assert.True(state is { Current: 0, Previous: > 0, Unreadable: 0 }, $"{state}"));

            var done = await both.RotateAsync();
            Assert.Equal(states.Select(state => (state.What, state.Previous)), done.Select(state => (state.What, state.Reencrypted)));
            Assert.All(done, state => Assert.True(state is { Previous: 0, Unreadable: 0 } && state.Current == state.Reencrypted, $"{state}"));
            Assert.All(await both.RotateAsync(), state => Assert.Equal(0, state.Reencrypted));
        }

        await using var after = await Installation.StartAsync(database, [now]);
        await after.ReadsAsync(planted);
        Assert.Equal(digests, after.Keys.Get(StoredKeys.ClientSecrets));
        var trailAfter = await after.TrailAsync();
        Assert.Equal(trail, trailAfter.Take(trail.Count));
        Assert.Equal(["system.reencryption_begun", "system.reencryption_ended", "system.reencryption_begun", "system.reencryption_ended"], await ActionsAsync(after, trail.Count));
        await RefusesToStartAsync(before);
    }

    [Fact]
    public async Task Interrupted_after_a_batch_it_is_not_at_its_end_and_goes_on_where_it_stopped()
    {
        const int persons = Reencryption.BatchSize * 2 + 50;
        await using (var old = await Installation.StartAsync(database, [before])) await old.AddPersonsAsync(persons);

        await using (var dying = await Installation.StartAsync(database, [now, before], new DiesAfterCommit()))
            await Assert.ThrowsAsync<OperationCanceledException>(dying.RotateAsync);

        await using var both = await Installation.StartAsync(database, [now, before]);
        Assert.Equal((Reencryption.BatchSize, persons - Reencryption.BatchSize), Counts(await both.CheckAsync(), "person_keys.wrapped_key"));
        await RefusesToStartAsync(now);

        Assert.Equal(persons - Reencryption.BatchSize, (await both.RotateAsync()).Single(state => state.What == "person_keys.wrapped_key").Reencrypted);
        await using var after = await Installation.StartAsync(database, [now]);
        Assert.Equal((persons, 0), Counts(await after.CheckAsync(), "person_keys.wrapped_key"));
    }

    [Fact]
    public async Task Key_that_is_destroyed_meanwhile_does_not_come_back_and_a_new_secret_stays()
    {
        await using var old = await Installation.StartAsync(database, [before]);
        var planted = await old.PlantAsync();
        byte[] newer = [];
        var race = new BeforeEachBatch(async () =>
        {
            newer = old.Encryption.Encrypt(UserTotp.Purpose(planted.Person), new byte[20]);
            await old.DestroyAsync(planted.Person);
            await old.WithAsync(db => db.Set<UserTotp>().ExecuteUpdateAsync(row => row.SetProperty(one => one.Secret, newer)));
        });
        await using var both = await Installation.StartAsync(database, [now, before], race);

        var states = await both.RotateAsync();

        Assert.Null((await both.WithAsync(db => db.Set<PersonKey>().AsNoTracking().SingleAsync(row => row.UserId == planted.Person))).WrappedKey);
        Assert.Equal(newer, (await both.WithAsync(db => db.Set<UserTotp>().AsNoTracking().SingleAsync())).Secret);
        // A host that still writes with the key before has the last word, and the end of the rotation is not reached.
        Assert.Equal((0, 1), Counts(states, "user_totp.secret"));
        Assert.Equal(0, states.Single(state => state.What == "stored_keys.wrapped_key").Reencrypted);
        await using var again = await Installation.StartAsync(database, [now, before]);
        Assert.Equal((1, 0), Counts(await again.RotateAsync(), "user_totp.secret"));
    }

    [Fact]
    public async Task What_no_key_decrypts_is_named_and_left_and_everything_else_is_done()
    {
        Planted planted;
        var lost = NewKey();
        await using (var old = await Installation.StartAsync(database, [before])) planted = await old.PlantAsync();
        var foreign = EncryptionKey.Load(new AppSettings { EncryptionKey = lost });
        var secret = foreign.Encrypt(UserTotp.Purpose(planted.Person), new byte[20]);

        await using var both = await Installation.StartAsync(database, [now, before]);
        await both.WithAsync(db => db.Set<UserTotp>().ExecuteUpdateAsync(row => row.SetProperty(one => one.Secret, secret)));
        var states = await both.RotateAsync();

        var totp = states.Single(state => state.What == "user_totp.secret");
        Assert.Equal((0, 0, 1, 0), (totp.Current, totp.Previous, totp.Unreadable, totp.Reencrypted));
        var line = Assert.Single(totp.Examples);
        Assert.StartsWith($"totp:{planted.Person} cannot be decrypted: it was encrypted with key {foreign.Id}; ENCRYPTION_KEY is key {both.Encryption.Id}", line, StringComparison.Ordinal);
        Assert.All(states.Where(state => state != totp), state => Assert.True(state is { Previous: 0, Unreadable: 0, Reencrypted: > 0 }, $"{state}"));
        Assert.Equal(secret, (await both.WithAsync(db => db.Set<UserTotp>().AsNoTracking().SingleAsync())).Secret);
        Assert.Equal(AuditStatus.Failure, await both.WithAsync(db => db.Set<AuditEntry>().OrderByDescending(entry => entry.Sequence).Select(entry => entry.Status).FirstAsync()));
        await using var after = await Installation.StartAsync(database, [now]);
    }

    [Fact]
    public async Task Key_of_a_person_that_cannot_be_decrypted_is_an_error_that_names_it_and_not_an_erasure()
    {
        await using var host = await Installation.StartAsync(database, [before]);
        var planted = await host.PlantAsync();
        var foreign = EncryptionKey.Load(new AppSettings { EncryptionKey = now }).Encrypt(PersonKey.Purpose(planted.Person), new byte[32]);
        await host.WithAsync(db => db.Set<PersonKey>().ExecuteUpdateAsync(row => row.SetProperty(one => one.WrappedKey, foreign)));

        var error = await Assert.ThrowsAsync<UndecryptableException>(() => host.HistoryAsync(planted.Person));

        Assert.Contains($"person:{planted.Person}", error.Message, StringComparison.Ordinal);
        await host.DestroyAsync(planted.Person);
        Assert.DoesNotContain("Lovelace", await host.HistoryAsync(planted.Person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_with_a_key_that_is_not_the_databases_does_not_start_and_says_what_it_cannot_read()
    {
        await using (var old = await Installation.StartAsync(database, [before])) await old.PlantAsync();

        var line = await RefusesToStartAsync(now);
        foreach (var column in new[] { "data_protection_keys.xml", "person_keys.wrapped_key", "signing_keys.private_key", "stored_keys.wrapped_key", "user_totp.secret" })
            Assert.Contains(column, line, StringComparison.Ordinal);
        Assert.DoesNotContain(now, line, StringComparison.Ordinal);
        await RefusesToStartAsync(now, NewKey());
        await using var both = await Installation.StartAsync(database, [now, NewKey(), before]);
    }

    [Fact]
    public async Task Row_without_an_id_in_its_purpose_is_named_by_its_key()
    {
        await using var host = await Installation.StartAsync(database, [before]);
        await host.PlantAsync();
        await host.WithAsync(db => db.Set<SigningKey>().ExecuteUpdateAsync(row => row.SetProperty(one => one.PrivateKey, new byte[100])));
        var id = await host.WithAsync(db => db.Set<SigningKey>().Select(key => key.Id).SingleAsync());

        var state = (await host.CheckAsync()).Single(one => one.What == "signing_keys.private_key");

        Assert.StartsWith($"signing-keys {id} cannot be decrypted: it was encrypted with another key;", Assert.Single(state.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_from_before_keys_had_ids_is_read_and_encrypted_anew()
    {
        Planted planted;
        await using (var old = await Installation.StartAsync(database, [before]))
        {
            planted = await old.PlantAsync();
            await old.WithAsync(async db =>
            {
                var key = await db.Set<PersonKey>().AsNoTracking().SingleAsync(row => row.UserId == planted.Person);
                var legacy = key.WrappedKey![PrefixSize..];
                return await db.Set<PersonKey>().ExecuteUpdateAsync(row => row.SetProperty(one => one.WrappedKey, legacy));
            });
            await old.ReadsAsync(planted);
            Assert.Equal((0, 1), Counts(await old.CheckAsync(), "person_keys.wrapped_key"));
        }

        await using (var both = await Installation.StartAsync(database, [now, before])) await both.RotateAsync();
        await using var after = await Installation.StartAsync(database, [now]);
        await after.ReadsAsync(planted);
    }

    [Fact]
    public async Task Installation_from_before_there_were_stored_keys_keeps_what_it_derived_and_a_new_one_has_random_ones()
    {
        await using (var fresh = await Installation.StartAsync(database, [before]))
        {
            Assert.All(StoredKeys.Names, name => Assert.NotEqual(fresh.Encryption.DerivedBefore(name), fresh.Keys.Get(name)));
            Assert.Equal(StoredKeys.Names.Length, StoredKeys.Names.Select(name => Convert.ToHexString(fresh.Keys.Get(name))).Distinct().Count());
            await fresh.PlantAsync();
            await fresh.WithAsync(db => db.Set<StoredKey>().ExecuteDeleteAsync());
        }

        await RefusesToStartAsync(now);
        await RefusesToStartAsync(now, before);
        await using var old = await Installation.StartAsync(database, [before]);
        Assert.All(StoredKeys.Names, name => Assert.Equal(old.Encryption.DerivedBefore(name), old.Keys.Get(name)));
    }

    [Fact, Trait("Promise", "N10")]
    public async Task Rotations_at_once_take_turns()
    {
        await using (var old = await Installation.StartAsync(database, [before])) await old.AddPersonsAsync(20);
        await using var one = await Installation.StartAsync(database, [now, before]);
        await using var other = await Installation.StartAsync(database, [now, before]);

        var states = await Task.WhenAll(Task.Run(one.RotateAsync), Task.Run(other.RotateAsync));

        // In the trail one ends before the other begins.
        Assert.Equal(["system.reencryption_begun", "system.reencryption_ended", "system.reencryption_begun", "system.reencryption_ended"],
            (await ActionsAsync(one, after: 0)).Where(action => action.StartsWith("system.reencryption", StringComparison.Ordinal)));
        Assert.Equal([0, 20], states.Select(all => all.Single(state => state.What == "person_keys.wrapped_key").Reencrypted).Order());
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static (int Current, int Previous) Counts(IReadOnlyList<EncryptedState> states, string what) => states.Where(state => state.What == what).Select(state => (state.Current, state.Previous)).Single();

    private async Task<string> RefusesToStartAsync(params string[] keys)
    {
        var refused = await Assert.ThrowsAsync<InvalidConfigurationException>(() => Installation.StartAsync(database, keys));
        var line = Assert.Single(refused.Faults);
        Assert.StartsWith("ENCRYPTION_KEY", line, StringComparison.Ordinal);
        return line;
    }

    private static Task<List<string>> ActionsAsync(Installation host, int after) => host.WithAsync(db => db.Set<AuditEntry>().OrderBy(entry => entry.Sequence).Skip(after).Select(entry => entry.Action).ToListAsync());

    /// <summary>As if the process were killed right after it.</summary>
    private sealed class DiesAfterCommit : DbTransactionInterceptor
    {
        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) => throw new OperationCanceledException();
    }

    /// <summary>Somebody is faster, between what was read and what is written.</summary>
    private sealed class BeforeEachBatch(Func<Task> work) : DbTransactionInterceptor
    {
        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            await work();
            return result;
        }
    }
}

public sealed class ReencryptingOnSqlite() : Reencrypting(new SqliteDatabase());

public sealed class ReencryptingOnPostgreSql() : Reencrypting(new PostgreSqlDatabase());
