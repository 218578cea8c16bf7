using System.Collections.Concurrent;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Signals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace GoApi.IntegrationTests.OAuth;

/// <summary>Two instances whose clock stands still: no poll comes due by itself.</summary>
[Trait("Promise", "S3")]
public abstract class RevocationSignals(DatabaseFixture database)
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly Wire wire = new();

    [Fact]
    public async Task Signal_makes_the_other_instance_look_without_time_passing()
    {
        await using var listening = await Instance.StartAsync(NewHost());
        await using var revoking = NewHost();
        await Eventually.HoldsAsync(() => wire.Listeners == 1, "it listens");
        var token = NewToken();
        Assert.False(await listening.RefusesAsync(token));

        await RevokeAsync(revoking, token, commit: true);

        await Eventually.HoldsAsync(() => listening.RefusesAsync(token), "it is refused");
        Assert.Equal(1, wire.Sent);
    }

    [Fact]
    public async Task Without_a_signal_the_poll_finds_it()
    {
        await using var listening = await Instance.StartAsync(NewHost());
        await using var revoking = NewHost();
        await Eventually.HoldsAsync(() => wire.Listeners == 1, "it listens");
        var token = NewToken();

        wire.IsCut = true;
        await RevokeAsync(revoking, token, commit: true);
        Assert.False(await listening.RefusesAsync(token));

        time.Advance(TokenRevocations.PollInterval);
        await Eventually.HoldsAsync(() => listening.RefusesAsync(token), "it is refused");
    }

    [Fact]
    public async Task What_is_rolled_back_is_told_nobody()
    {
        await using var revoking = NewHost();
        await RevokeAsync(revoking, NewToken(), commit: false);

        Assert.Equal(0, wire.Sent);
    }

    private ServiceProvider NewHost() => database.NewHost(services => services.AddSingleton<TimeProvider>(time).AddSingleton<ISignals>(wire));

    private TokenIdentity NewToken() => new(Guid.CreateVersion7().ToString(), null, null, null, time.GetUtcNow());

    private static async Task RevokeAsync(ServiceProvider host, TokenIdentity token, bool commit)
    {
        await using var scope = host.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        scope.ServiceProvider.GetRequiredService<RevocationWriter>().Add(RevocationKind.Token, token.Id);
        await db.SaveChangesAsync();
        if (commit) await transaction.CommitAsync();
        else await transaction.RollbackAsync();
    }

    private sealed class Instance(ServiceProvider host, OAuthWork work) : IAsyncDisposable
    {
        public static async Task<Instance> StartAsync(ServiceProvider host)
        {
            await host.GetRequiredService<TokenRevocations>().PollAsync(default);
            var instance = new Instance(host, ActivatorUtilities.CreateInstance<OAuthWork>(host));
            await instance.StartWorkAsync();
            return instance;
        }

        public Task<bool> RefusesAsync(TokenIdentity token) => host.GetRequiredService<TokenRevocations>().IsRevokedAsync(token, default).AsTask();

        public async ValueTask DisposeAsync()
        {
            await work.StopAsync(default);
            work.Dispose();
            await host.DisposeAsync();
        }

        private Task StartWorkAsync() => work.StartAsync(default);
    }

    /// <summary>Carries signals between the hosts of a test.</summary>
    private sealed class Wire : ISignals
    {
        private readonly ConcurrentDictionary<Guid, Action> listeners = new();
        private int sent;

        public bool IsCut { get; set; }

        public int Listeners => listeners.Count;

        public int Sent => sent;

        public void Send(string topic)
        {
            Assert.Equal(TokenRevocations.Topic, topic);
            Interlocked.Increment(ref sent);
            if (!IsCut)
                foreach (var wake in listeners.Values)
                    wake();
        }

        public IDisposable Listen(string topic, Action wake)
        {
            Assert.Equal(TokenRevocations.Topic, topic);
            var id = Guid.CreateVersion7();
            listeners[id] = wake;
            return new Ended(() => listeners.TryRemove(id, out _));
        }

        private sealed class Ended(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }
}

public sealed class RevocationSignalsOnPostgreSql(PostgreSqlDatabase database) : RevocationSignals(database), IClassFixture<PostgreSqlDatabase>;

public sealed class RevocationSignalsOnSqlite(SqliteDatabase database) : RevocationSignals(database), IClassFixture<SqliteDatabase>;
