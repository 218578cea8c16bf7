using System.Security.Cryptography;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// The keys in force, loaded before the host serves and again when the table has changed. The first one signs; the others are
/// published and verify: the next one, before it signs, and the retired ones, until their tokens have expired.
/// </summary>
internal sealed class SigningKeys(IServiceScopeFactory scopes, EncryptionKey encryption, TimeProvider time) : IDisposable
{
    private const string Purpose = "signing-keys";

    private CancellationTokenSource changed = new();

    public IReadOnlyList<ECDsaSecurityKey> Current { get; private set; } = [];

    public IChangeToken Changed() => new CancellationChangeToken(changed.Token);

    /// <summary>Reads the keys, and makes the first one where there is none.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var rows = await ReadAsync(db, ct);
        if (rows.Count == 0)
        {
            await MakeFirstAsync(db, ct);
            rows = await ReadAsync(db, ct);
        }

        if (rows.Select(row => KeyId(row.Id)).SequenceEqual(Current.Select(key => key.KeyId))) return;

        var known = Current.ToDictionary(key => key.KeyId);
        Current = [.. rows.Select(row => known.GetValueOrDefault(KeyId(row.Id)) ?? Open(row))];
        Interlocked.Exchange(ref changed, new CancellationTokenSource()).Cancel();
    }

    public void Dispose() => changed.Dispose();

    private static Task<List<SigningKey>> ReadAsync(AppDbContext db, CancellationToken ct) => db.Set<SigningKey>().AsNoTracking()
        .OrderBy(key => key.State == SigningKeyState.Active ? 0 : key.State == SigningKeyState.Next ? 1 : 2).ThenByDescending(key => key.CreatedAt)
        .ToListAsync(ct);

    private async Task MakeFirstAsync(AppDbContext db, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow();
        db.Add(new SigningKey
        {
            Id = Guid.CreateVersion7(now),
            Algorithm = SecurityAlgorithms.EcdsaSha256,
            PrivateKey = encryption.Encrypt(Purpose, key.ExportPkcs8PrivateKey()),
            CreatedAt = now,
            State = SigningKeyState.Active,
        });
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException refused) when (refused.IsUniqueViolation())
        {
            // Another instance was first: its key is ours.
        }
    }

    private ECDsaSecurityKey Open(SigningKey row)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(encryption.Decrypt(Purpose, row.PrivateKey), out _);
        return new ECDsaSecurityKey(key) { KeyId = KeyId(row.Id) };
    }

    private static string KeyId(Guid id) => id.ToString("N");
}

/// <summary>Fills the server's options, each time they are built; requests under way keep theirs.</summary>
internal sealed class ServerKeys(SigningKeys keys, EncryptionKey encryption) : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>
{
    public string Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => keys.Changed();

    public void Configure(OpenIddictServerOptions options)
    {
        options.EncryptionCredentials.Add(new EncryptingCredentials(
            new SymmetricSecurityKey(encryption.Derive("oauth-encryption")), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        foreach (var key in keys.Current) options.SigningCredentials.Add(new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256));
    }
}
