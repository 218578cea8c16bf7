using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Data.Common;
using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Caching;

/// <summary>
/// The invalidations that this process knows of, as the generation of each tag: it is part of the key of every value, so a value that was
/// read before an invalidation is not found by anybody who knows of it. What this process commits it knows at once, what others commit
/// after the next poll; a memory that is older than a second is not believed: who needs it brings it up to date first.
/// </summary>
internal sealed class CacheInvalidations(IServiceScopeFactory scopes, TimeProvider time)
{
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>So long an instance may go by what was true before.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any value lives and any transaction takes, together.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    // A transaction that commits late brings rows with earlier times; clocks of instances differ as well.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FullReload = TimeSpan.FromMinutes(1);

    // The generation before may come back when the row has been gone for longer than what was stored under it.
    private static readonly TimeSpan Forgotten = ICache.LongestLife + FullReload + FullReload;

    private readonly ConcurrentDictionary<string, UInt128> tags = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, UInt128> groups = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, (string Tag, long SeenAt)> known = [];
    private readonly Lock learning = new();
    private readonly Lock polling = new();
    private Task poll = Task.CompletedTask;
    private DateTimeOffset? read;
    private DateTimeOffset readAll;
    private long readAt;

    /// <exception cref="DbException">The memory is too old and the database does not answer.</exception>
    public ValueTask<UInt128> GenerationAsync(IReadOnlyList<string> of, CancellationToken ct)
    {
        var asked = time.GetTimestamp();
        return IsBelieved(asked) ? new(Generation(of)) : new(CatchUpAsync(of, asked, ct));
    }

    /// <summary>Harmless when it is known already, or when it was never committed after all.</summary>
    public void Learn(Guid id, string tag)
    {
        lock (learning)
        {
            if (!known.ContainsKey(id)) Toggle(id, tag);
            known[id] = (tag, time.GetTimestamp());
        }
    }

    /// <summary>Reads what is new, now and then everything, in case a transaction took longer than the overlap. Who asks while it is being read waits for the same.</summary>
    public Task PollAsync()
    {
        lock (polling)
        {
            // Neither the trace nor the caller of whoever happened to ask belongs to it.
            using var detached = ExecutionContext.SuppressFlow();
            return poll = poll.IsCompleted ? Task.Run(ReadAsync) : poll;
        }
    }

    private bool IsBelieved(long at) => Volatile.Read(ref readAt) is var last and not 0 && time.GetElapsedTime(last, at) <= Believed;

    private async Task<UInt128> CatchUpAsync(IReadOnlyList<string> of, long asked, CancellationToken ct)
    {
        // One that was under way already may be too old when it is done, the next is not.
        while (!IsBelieved(asked)) await PollAsync().WaitAsync(ct);
        return Generation(of);
    }

    // The set of invalidations and not the newest one: of two at the same time the earlier may be committed last. Rotated, so that what two tags share does not cancel out.
    private UInt128 Generation(IReadOnlyList<string> of)
    {
        var generation = UInt128.Zero;
        for (var i = 0; i < of.Count; i++)
        {
            var group = GroupOf(of[i]);
            if (group.Length == of[i].Length)
            {
                generation = UInt128.RotateLeft(generation, 41) ^ groups.GetValueOrDefault(of[i]);
            }
            else
            {
                tags.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(group, out var whole);
                generation = UInt128.RotateLeft(generation, 41) ^ UInt128.RotateLeft(whole, 17) ^ tags.GetValueOrDefault(of[i]);
            }
        }

        return generation;
    }

    private static ReadOnlySpan<char> GroupOf(string tag) => tag.IndexOf(':', StringComparison.Ordinal) is var end and >= 0 ? tag.AsSpan(0, end) : tag;

    private async Task ReadAsync()
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var all = read is null || now - readAll >= FullReload;

        await using var scope = scopes.CreateAsyncScope();
        var rows = scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<CacheInvalidation>().AsNoTracking();
        if (!all)
        {
            var since = CreationTime.Smallest(read!.Value - Overlap);
            rows = rows.Where(row => row.Id.CompareTo(since) >= 0);
        }

        await foreach (var row in rows.AsAsyncEnumerable()) Learn(row.Id, row.Tag);

        if (all)
        {
            Forget(timestamp);
            readAll = now;
        }

        read = now;
        Volatile.Write(ref readAt, timestamp);
    }

    private void Forget(long at)
    {
        lock (learning)
        {
            foreach (var (id, row) in known)
            {
                if (time.GetElapsedTime(row.SeenAt, at) <= Forgotten) continue;
                known.Remove(id);
                Toggle(id, row.Tag);
            }
        }
    }

    private void Toggle(Guid id, string tag)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Toggle(tags, tag, value);
        Toggle(groups, GroupOf(tag).ToString(), value);
    }

    private static void Toggle(ConcurrentDictionary<string, UInt128> generations, string key, UInt128 id)
    {
        var generation = generations.GetValueOrDefault(key) ^ id;
        if (generation == UInt128.Zero) generations.TryRemove(key, out _);
        else generations[key] = generation;
    }
}
