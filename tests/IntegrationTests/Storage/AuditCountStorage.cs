using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Persistence;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.Storage;

/// <summary>The total of all entries, of which only the latest are counted each time.</summary>
public abstract class AuditCountStorage(DatabaseFixture database, FakeTimeProvider time) : StorageTest(database, time)
{
    [Fact]
    public async Task Total_is_exact_however_late_an_entry_is_committed()
    {
        // The start of the host has entries.
        var (counted, hour) = (await TotalAsync(), TimeSpan.FromHours(1));
        for (var round = 0; round < 3; round++)
        {
            await AddAsync(time.GetUtcNow());
            Assert.Equal(++counted, await TotalAsync());
            // Made before what was counted last, by a transaction that was open.
            await AddAsync(time.GetUtcNow() - EntryCount.Open);
            Assert.Equal(++counted, await TotalAsync());
            time.Advance(round == 1 ? hour : EntryCount.Open / 2);
            Assert.Equal(counted, await TotalAsync());
        }

        // A clock that is set back counts nothing twice.
        time.AdjustTime(time.GetUtcNow() - hour);
        Assert.Equal(counted, await TotalAsync());
        time.Advance(hour);
        await AddAsync(time.GetUtcNow());
        Assert.Equal(counted + 1, await TotalAsync());
    }

    private async Task<long?> TotalAsync()
    {
        Assert.False((await WithAsync((IAuditLogQueries logs) => logs.ListAsync(AuditLogFilter.None, new PageRequest(null, 1, null), default))).Failed(out _, out var page));
        return page!.Total;
    }

    private async Task AddAsync(DateTimeOffset at)
    {
        var entry = new AuditEntry { Id = Guid.CreateVersion7(at), Action = "tests.one", Resource = "thing", RequestId = "test", Status = AuditStatus.Success, CreatedAt = at };
        await SaveAsync((AppDbContext db) => Task.FromResult(db.Add(entry)));
    }
}

public sealed class AuditCountOnSqlite(SqliteDatabase database) : AuditCountStorage(database, new FakeTimeProvider(Now)), IClassFixture<SqliteDatabase>;

public sealed class AuditCountOnPostgreSql(PostgreSqlDatabase database) : AuditCountStorage(database, new FakeTimeProvider(Now)), IClassFixture<PostgreSqlDatabase>;
