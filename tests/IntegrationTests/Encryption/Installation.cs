using System.Text;
using GoApi.Application.Abstractions.Encryption;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.AuditLogs;
using GoApi.Application.Users;
using GoApi.Infrastructure;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Startup;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Encryption;

/// <summary>One host with keys of its own on a database, and something in each column that is encrypted.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private const string Answer = "{\"plain\":\"answer\"}";

    private readonly ServiceProvider host;

    private Installation(ServiceProvider host) => this.host = host;

    public EncryptionKey Encryption => host.GetRequiredService<EncryptionKey>();

    public StoredKeys Keys => host.GetRequiredService<StoredKeys>();

    /// <summary>Started as a host starts, after the migrations.</summary>
    /// <param name="keys">The one that encrypts, then the previous ones.</param>
    /// <exception cref="InvalidConfigurationException">It would not start.</exception>
    public static async Task<Installation> StartAsync(DatabaseFixture database, string[] keys, IInterceptor? interceptor = null)
    {
        var host = database.NewHost(
            services =>
            {
                services.AddSingleton<StoredKeys>();
                if (interceptor is not null) services.AddSingleton(interceptor);
            },
            HostRole.Worker, ("ENCRYPTION_KEY", keys[0]), ("ENCRYPTION_KEY_PREVIOUS", string.Join(',', keys[1..])));
        try
        {
            await using var scope = host.CreateAsyncScope();
            await scope.ServiceProvider.GetServices<IStartupTask>().OfType<PrepareEncryption>().Single().RunAsync(default);
            return new Installation(host);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    public Task<IReadOnlyList<EncryptedState>> CheckAsync() => host.GetRequiredService<IEncryptionAdministration>().CheckAsync(default);

    public Task<IReadOnlyList<EncryptedState>> RotateAsync() => host.GetRequiredService<IEncryptionAdministration>().RotateAsync(default);

    public async Task<T> WithAsync<T>(Func<AppDbContext, Task<T>> work)
    {
        await using var scope = host.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AppDbContext>());
    }

    public Task<int> DestroyAsync(Guid person) => WithAsync(async db =>
    {
        await host.GetRequiredService<PersonKeys>().DestroyAsync(db, person, default);
        return 0;
    });

    /// <summary>Something in each encrypted column, and an audit entry about the person.</summary>
    public async Task<Planted> PlantAsync()
    {
        await host.GetRequiredService<KeyRotation>().MaintainAsync(default);
        await using (var seals = host.CreateAsyncScope()) await seals.ServiceProvider.GetRequiredService<IAuditSeals>().RotateKeyAsync(default);
        var link = host.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Protect("link");
        await using var scope = host.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var account = new NewAccount($"u{Guid.CreateVersion7():N}@example.test", "Ada", "Lovelace", null);
        var added = await services.GetRequiredService<IUserAccounts>().AddAsync(account, new Application.Abstractions.Identity.Secret("correct-Horse-7-staple"), default);
        if (added.Failed(out var error, out var person)) throw new InvalidOperationException(error.Message);
        await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        if ((await services.GetRequiredService<ISecondFactor>().EnrolAsync(person, default)).Failed(out error, out var totp)) throw new InvalidOperationException(error.Message);
        await services.GetRequiredService<IUnitOfWork>().SaveAsync(default);
        await using (var first = Assert.IsType<IdempotencyClaim.First>(await services.GetRequiredService<IIdempotentRequests>().ClaimAsync(Request(person), default)).Transaction)
            await first.CompleteAsync(new RememberedAnswer(201, Encoding.UTF8.GetBytes(Answer), null), true, default);
        return new Planted(person, totp!.Secret, link);
    }

    /// <summary>All of it is what it was.</summary>
    public async Task ReadsAsync(Planted planted)
    {
        Assert.Equal(await WithAsync(db => db.Set<AuditSealKey>().CountAsync()), await WithAsync(async db => (await host.GetRequiredService<SealKeys>().ListAsync(db, default)).Count));
        var totp = await WithAsync(db => db.Set<UserTotp>().AsNoTracking().SingleAsync(row => row.UserId == planted.Person));
        Assert.Equal(planted.Totp, OtpNet.Base32Encoding.ToString(Encryption.Decrypt(UserTotp.Purpose(planted.Person), totp.Secret)));
        Assert.Equal("link", host.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Unprotect(planted.Link));
        await host.GetRequiredService<SigningKeys>().LoadAsync(default);
        Assert.NotEmpty(host.GetRequiredService<SigningKeys>().Current);

        await using var scope = host.CreateAsyncScope();
        var replay = Assert.IsType<IdempotencyClaim.Replay>(await scope.ServiceProvider.GetRequiredService<IIdempotentRequests>().ClaimAsync(Request(planted.Person), default));
        Assert.Equal(Answer, Encoding.UTF8.GetString(replay.Answer.Body!));
        Assert.Contains("Lovelace", await HistoryAsync(planted.Person), StringComparison.Ordinal);
    }

    /// <summary>What the entries about somebody say to whoever may read them.</summary>
    public Task<string> HistoryAsync(Guid person) => WithAsync(async db =>
    {
        var keys = await host.GetRequiredService<AuditProtection>().KeysAsync(db, [person], default);
        var entries = await db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectUserId == person).ToListAsync();
        return string.Join('\n', entries.Select(entry => AuditProtection.ChangesOf(entry, keys)));
    });

    public Task<int> AddPersonsAsync(int count) => WithAsync(db =>
    {
        for (var index = 0; index < count; index++) host.GetRequiredService<PersonKeys>().Add(db, Guid.CreateVersion7());
        return db.SaveChangesAsync();
    });

    /// <summary>Every entry of the trail, every byte of it.</summary>
    public Task<List<string>> TrailAsync() => WithAsync(async db =>
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = "SELECT * FROM audit_entries ORDER BY sequence";
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        return rows;
    });

    private static IdempotentRequest Request(Guid person) => new($"user:{person}", person, "a-key-of-mine", new byte[] { 1, 2, 3 });
}

/// <param name="Totp">In base 32.</param>
/// <param name="Link">What Data Protection made.</param>
internal sealed record Planted(Guid Person, string Totp, string Link);
