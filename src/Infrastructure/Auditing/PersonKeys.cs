using System.Collections.Concurrent;
using System.Security.Cryptography;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// The keys of persons (decision 0023). For writing they are remembered for a while, so that an audit entry costs no round trip; an entry
/// that is written with a key that was destroyed meanwhile is unreadable, as it should be. For reading the database is asked each time.
/// </summary>
internal sealed class PersonKeys(EncryptionKey encryption, TimeProvider time)
{
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    /// <summary>Longer than any request takes, and than the clocks of two instances differ.</summary>
    private static readonly TimeSpan Requests = TimeSpan.FromMinutes(5);

    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<Guid, (byte[] Key, DateTimeOffset Until)> known = new();

    /// <summary>Adds the key of somebody new to the unit of work.</summary>
    public void Add(AppDbContext db, Guid userId) => db.Add(new PersonKey { UserId = userId, WrappedKey = Wrap(userId, RandomNumberGenerator.GetBytes(Aes256Gcm.KeySize)) });

    /// <summary>A key for each; one that is missing is made.</summary>
    public async ValueTask<IReadOnlyDictionary<Guid, KeyToWrite>> ToWriteAsync(AppDbContext db, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        Dictionary<Guid, KeyToWrite> keys = new(persons.Count);
        // In one order, so that no two transactions wait for each other's new keys.
        SortedSet<Guid> missing = [];
        var now = time.GetUtcNow();
        foreach (var person in persons)
        {
            if (known.TryGetValue(person, out var remembered) && remembered.Until > now) keys[person] = new(remembered.Key);
            else if (db.Set<PersonKey>().Local.FindEntry(person)?.Entity.WrappedKey is { } added) keys[person] = new(Unwrap(person, added));
            else missing.Add(person);
        }

        if (missing.Count > 0) await ReadAsync(db, missing, keys, ct);
        return keys;
    }

    /// <summary>Those that there are and are not destroyed.</summary>
    public async Task<IReadOnlyDictionary<Guid, byte[]>> ToReadAsync(AppDbContext db, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        if (persons.Count == 0) return new Dictionary<Guid, byte[]>();

        var rows = await StoredAsync(db, persons, ct);
        return rows.Where(row => row.WrappedKey is not null).ToDictionary(row => row.UserId, row => Unwrap(row.UserId, row.WrappedKey!));
    }

    /// <summary>In the transaction of the caller. Nothing brings it back.</summary>
    public async Task DestroyAsync(AppDbContext db, Guid userId, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"INSERT INTO person_keys (user_id, wrapped_key) VALUES ({userId}, NULL) ON CONFLICT (user_id) DO UPDATE SET wrapped_key = NULL", ct);
        var forgotten = time.GetUtcNow() + Remembered + Requests;
        await db.Set<PersonKey>().Where(row => row.UserId == userId).ExecuteUpdateAsync(row => row.SetProperty(key => key.SweepAfter, forgotten), ct);
        known.TryRemove(userId, out _);
    }

    private async Task ReadAsync(AppDbContext db, SortedSet<Guid> missing, Dictionary<Guid, KeyToWrite> keys, CancellationToken ct)
    {
        var rows = await StoredAsync(db, missing, ct);
        if (rows.Count < missing.Count)
        {
            foreach (var person in missing.Except(rows.Select(row => row.UserId)).ToArray())
            {
                var wrapped = Wrap(person, RandomNumberGenerator.GetBytes(Aes256Gcm.KeySize));
                // Somebody else may be making it as well: theirs is as good.
                await db.Database.ExecuteSqlAsync($"INSERT INTO person_keys (user_id, wrapped_key) VALUES ({person}, {wrapped}) ON CONFLICT (user_id) DO NOTHING", ct);
                if (db.Database.CurrentTransaction is not null) db.Scope?.NewPersonKeys.Add(person);
            }

            rows = await StoredAsync(db, missing, ct);
        }

        foreach (var row in rows)
            keys[row.UserId] = row.WrappedKey is { } wrapped ? new(Remember(db, row.UserId, Unwrap(row.UserId, wrapped))) : new(RandomNumberGenerator.GetBytes(Aes256Gcm.KeySize), IsDestroyed: true);
    }

    private byte[] Remember(AppDbContext db, Guid person, byte[] key)
    {
        // What a roll-back would undo is not remembered: entries would be written with a key that nobody has.
        if (db.Scope?.NewPersonKeys.Contains(person) == true) return key;
        if (known.Count >= Capacity) known.Clear();
        known[person] = (key, time.GetUtcNow() + Remembered);
        return key;
    }

    private static Task<List<PersonKey>> StoredAsync(AppDbContext db, IReadOnlyCollection<Guid> persons, CancellationToken ct) =>
        db.Set<PersonKey>().AsNoTracking().Where(row => persons.Contains(row.UserId)).ToListAsync(ct);

    private byte[] Wrap(Guid userId, byte[] key) => encryption.Encrypt(PersonKey.Purpose(userId), key);

    private byte[] Unwrap(Guid userId, byte[] wrapped) => encryption.Decrypt(PersonKey.Purpose(userId), wrapped);
}

/// <param name="IsDestroyed">The key is one that nobody else ever has: what is encrypted with it is lost.</param>
internal readonly record struct KeyToWrite(byte[] Key, bool IsDestroyed = false);
