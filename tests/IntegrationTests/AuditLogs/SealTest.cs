using GoApi.Application.Abstractions.Auditing;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.AuditLogs;

/// <summary>A host on one database, whose entries are sealed when the test says so.</summary>
public abstract class SealTest(DatabaseFixture database) : IAsyncLifetime
{
    private ServiceProvider? host;

    private protected IServiceProvider Host => host!;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected AuditSealer Sealer => Host.GetRequiredService<AuditSealer>();

    public virtual async ValueTask InitializeAsync()
    {
        host = database.NewHost();
        await using var scope = host.CreateAsyncScope();
        await scope.ServiceProvider.GetServices<IStartupTask>().OfType<FirstSealKey>().Single().RunAsync(Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<T> WithAsync<TService, T>(Func<TService, Task<T>> work) where TService : notnull
    {
        await using var scope = Host.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>Writes entries, each in a transaction of its own.</summary>
    /// <returns>Their sequences.</returns>
    protected async Task<long[]> WriteAsync(int count = 1)
    {
        List<long> sequences = [];
        for (var written = 0; written < count; written++)
        {
            await using var scope = Host.CreateAsyncScope();
            sequences.Add(await WriteAsync(scope.ServiceProvider));
        }

        return [.. sequences];
    }

    protected static async Task<long> WriteAsync(IServiceProvider scope)
    {
        scope.GetRequiredService<IAuditTrail>().Record("tests.write", AuditStatus.Success, "test", Guid.CreateVersion7().ToString());
        var entry = scope.GetRequiredService<AppDbContext>().ChangeTracker.Entries<AuditEntry>().Single(row => row.State == EntityState.Added);
        await scope.GetRequiredService<IUnitOfWork>().SaveAsync(Ct);
        return entry.Entity.Sequence;
    }

    protected Task<TrailVerdict> VerifyAsync(params KnownSeal[] kept) => WithAsync((IAuditSeals seals) => seals.VerifyAsync(kept, Ct));

    private protected Task<AuditSeal[]> SealsAsync() => WithAsync((AppDbContext db) => db.Set<AuditSeal>().AsNoTracking().OrderBy(seal => seal.Number).ToArrayAsync(Ct));

    protected Task<long> LastSequenceAsync() => WithAsync((AppDbContext db) => db.Set<AuditEntry>().MaxAsync(entry => entry.Sequence, Ct));
}
