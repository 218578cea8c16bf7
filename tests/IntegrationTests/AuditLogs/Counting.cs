using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.AuditLogs;

/// <summary>The total of all entries, of which only those behind the last seal are counted each time.</summary>
public abstract class Counting(DatabaseFixture database) : SealTest(database)
{
    [Fact]
    public async Task Total_is_exact_before_and_after_each_seal()
    {
        var counted = await TotalAsync();
        for (var round = 1; round <= 3; round++)
        {
            await WriteAsync(round);
            Assert.Equal(counted += round, await TotalAsync());
            await Sealer.SealAsync(Ct);
            Assert.Equal(counted, await TotalAsync());
            Assert.Equal(counted, await TotalAsync());
        }
    }

    protected async Task<long?> TotalAsync()
    {
        Assert.False((await WithAsync((IAuditLogQueries logs) => logs.ListAsync(AuditLogFilter.None, new PageRequest(null, 1, null), Ct))).Failed(out _, out var page));
        return page!.Total;
    }
}

public sealed class CountingOnSqlite(SqliteDatabase database) : Counting(database), IClassFixture<SqliteDatabase>;

public sealed class CountingOnPostgreSql(PostgreSqlDatabase database) : Counting(database), IClassFixture<PostgreSqlDatabase>
{
    [Fact]
    public async Task Entry_that_is_committed_late_is_counted_however_many_were_sealed_and_counted_before_it()
    {
        await using var late = Host.CreateAsyncScope();
        await using var transaction = await late.ServiceProvider.GetRequiredService<AppDbContext>().Database.BeginTransactionAsync(Ct);
        await WriteAsync(late.ServiceProvider);
        await WriteAsync(2);
        await Sealer.SealAsync(Ct);
        var before = await TotalAsync();

        await transaction.CommitAsync(Ct);

        Assert.Equal(before + 1, await TotalAsync());
        await Sealer.SealAsync(Ct);
        Assert.Equal(before + 1, await TotalAsync());
    }
}
