using GoApi.Application.Abstractions.Auditing;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

/// <summary>What it writes is what EF Core would have written.</summary>
public sealed class RowBatchTests(PostgreSqlDatabase database) : IClassFixture<PostgreSqlDatabase>
{
    private static readonly DateTimeOffset Now = new(2026, 7, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task New_rows_and_changed_ones_are_written_as_EF_Core_writes_them()
    {
        await using var host = database.NewHost();
        var (byBatch, bySave) = (NewToken(), NewToken());
        foreach (var token in (OAuthToken[])[byBatch, bySave])
        {
            await WithAsync(host, async (db, batch) =>
            {
                db.AddRange(token, NewEntry(token.Id));
                await WriteAsync(db, batch, byBatch: token == byBatch);
            });
            await WithAsync(host, async (db, batch) =>
            {
                var stored = await db.Set<OAuthToken>().SingleAsync(row => row.Id == token.Id);
                (stored.Status, stored.RedemptionDate, stored.ConcurrencyToken) = ("redeemed", Now.UtcDateTime, "second");
                await WriteAsync(db, batch, byBatch: token == byBatch);
            });
        }

        Assert.Equal(await StoredAsync(host, bySave.Id), await StoredAsync(host, byBatch.Id));
        Assert.Contains("redeemed", await StoredAsync(host, byBatch.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_that_somebody_else_changed_is_a_lost_race_and_nothing_is_written()
    {
        await using var host = database.NewHost();
        var token = NewToken();
        await WithAsync(host, async (db, batch) =>
        {
            db.Add(token);
            await WriteAsync(db, batch, byBatch: true);
        });

        var entry = Guid.CreateVersion7();
        await WithAsync(host, async (db, batch) =>
        {
            var stored = await db.Set<OAuthToken>().SingleAsync(row => row.Id == token.Id);
            await WithAsync(host, (other, _) => other.Set<OAuthToken>().Where(row => row.Id == token.Id).ExecuteUpdateAsync(row => row.SetProperty(one => one.ConcurrencyToken, "theirs")));

            (stored.Status, stored.ConcurrencyToken) = ("redeemed", "mine");
            db.Add(NewEntry(entry));
            await using var transaction = await db.Database.BeginTransactionAsync();
            await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => WriteAsync(db, batch, byBatch: true));
        });

        await WithAsync(host, async (db, _) =>
        {
            Assert.Equal("valid", (await db.Set<OAuthToken>().SingleAsync(row => row.Id == token.Id)).Status);
            Assert.False(await db.Set<AuditEntry>().AnyAsync(row => row.ResourceId == entry.ToString()));
        });
    }

    private static OAuthToken NewToken() => new()
    {
        Id = Guid.CreateVersion7(),
        ConcurrencyToken = "first",
        CreationDate = Now.UtcDateTime,
        ExpirationDate = Now.UtcDateTime.AddHours(1),
        Payload = "it's a payload",
        Status = "valid",
        Subject = "somebody",
        Type = "access_token",
    };

    private static AuditEntry NewEntry(Guid about) => new()
    {
        Id = Guid.CreateVersion7(),
        Action = "oauth.token_issued",
        Resource = "token",
        ResourceId = about.ToString(),
        RequestId = "request",
        Status = AuditStatus.Failure,
        CreatedAt = Now,
    };

    private static Task WriteAsync(AppDbContext db, RowBatch batch, bool byBatch) =>
        byBatch ? batch.WriteAsync(db, [.. db.ChangeTracker.Entries().Where(row => row.State != EntityState.Unchanged)], CancellationToken.None) : db.SaveChangesAsync();

    // Both rows as the database has them, but for their ids.
    private static async Task<string> StoredAsync(ServiceProvider host, Guid id)
    {
        var text = "";
        await WithAsync(host, async (db, _) => text = await db.Database.SqlQuery<string>(
            $"SELECT (to_jsonb(t) - 'id')::text || (to_jsonb(a) - 'id' - 'sequence' - 'resource_id')::text AS \"Value\" FROM oauth_tokens t JOIN audit_entries a ON a.resource_id = t.id::text WHERE t.id = {id}").SingleAsync());
        return text;
    }

    private static async Task WithAsync(ServiceProvider host, Func<AppDbContext, RowBatch, Task> work)
    {
        await using var scope = host.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<AppDbContext>(), scope.ServiceProvider.GetRequiredService<RowBatch>());
    }
}
