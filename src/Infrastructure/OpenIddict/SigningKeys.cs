using System.Security.Cryptography;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// The keys in force, loaded before the host serves and again when the table has changed. The first one signs; the others are
/// published and verify: the next one, before it signs, and the retired ones, until their tokens have expired.
/// </summary>
internal sealed class SigningKeys(IServiceScopeFactory scopes, EncryptionKey encryption, TimeProvider time) : IDisposable
{
    public const string Purpose = "signing-keys";

    /// <summary>Whoever sends invented key ids has this process look into the table once in this time, and no more often.</summary>
    public static readonly TimeSpan PauseOfAsking = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim loading = new(1);
    private CancellationTokenSource changed = new();
    private Task? asking;
    private long askedAt;

    public IReadOnlyList<ECDsaSecurityKey> Current { get; private set; } = [];

    public IChangeToken Changed() => new CancellationChangeToken(changed.Token);

    public async Task LoadAsync(CancellationToken ct)
    {
        // One reading after the other: an older one must not replace a newer one.
        await loading.WaitAsync(ct);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var rows = await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<SigningKey>().AsNoTracking()
                .OrderBy(key => key.State == SigningKeyState.Active ? 0 : key.State == SigningKeyState.Next ? 1 : 2).ThenByDescending(key => key.CreatedAt)
                .ToListAsync(ct);
            if (rows.Select(row => row.KeyId).SequenceEqual(Current.Select(key => key.KeyId))) return;

            var known = Current.ToDictionary(key => key.KeyId);
            Current = [.. rows.Select(row => known.GetValueOrDefault(row.KeyId) ?? Open(row))];
        }
        finally
        {
            loading.Release();
        }

        Interlocked.Exchange(ref changed, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Whether there is such a key: one that another instance has just made is looked for, where this process has not heard of it.</summary>
    /// <exception cref="System.Data.Common.DbException">It is not known here, and the database does not answer.</exception>
    public async ValueTask<bool> FindAsync(string keyId, CancellationToken ct)
    {
        if (IsKnown(keyId)) return true;

        Task look;
        lock (gate)
        {
            // Who comes while somebody looks waits for the same answer.
            if (asking is not { IsCompleted: false })
            {
                if (asking is { IsCompletedSuccessfully: true } && time.GetElapsedTime(askedAt) < PauseOfAsking) return false;
                (askedAt, asking) = (time.GetTimestamp(), LoadAsync(CancellationToken.None));
            }

            look = asking;
        }

        await look.WaitAsync(ct);
        return IsKnown(keyId);
    }

    public void Dispose()
    {
        changed.Dispose();
        loading.Dispose();
    }

    private bool IsKnown(string keyId) => Current.Any(key => key.KeyId == keyId);

    private ECDsaSecurityKey Open(SigningKey row)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(encryption.Decrypt(Purpose, row.PrivateKey), out _);
        return new ECDsaSecurityKey(key) { KeyId = row.KeyId };
    }
}

/// <summary>Fills the server's options, each time they are built; requests under way keep theirs.</summary>
internal sealed class ServerKeys(SigningKeys keys, StoredKeys stored) : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>
{
    public string Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => keys.Changed();

    public void Configure(OpenIddictServerOptions options)
    {
        options.EncryptionCredentials.Add(new EncryptingCredentials(
            new SymmetricSecurityKey(stored.Get(StoredKeys.OAuthEncryption)), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        foreach (var key in keys.Current) options.SigningCredentials.Add(new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256));
        options.SigningCredentials.Add(new SigningCredentials(new SymmetricSecurityKey(stored.Get(StoredKeys.OAuthSigning)) { KeyId = "internal" }, SecurityAlgorithms.HmacSha256));
    }
}

/// <summary>
/// What others verify is signed with the key in force. Codes, refresh tokens and pushed requests are read by nobody but us, and some outlive
/// several of those keys: they are signed with one that is stored and does not rotate.
/// </summary>
internal sealed class ChooseSigningKey(SigningKeys keys) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        var forOthers = context.TokenType is TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken;
        var credentials = context.Options.SigningCredentials;
        context.SigningCredentials = forOthers
            // A request that began before a rotation has the keys that were then.
            ? credentials.Find(one => one.Key.KeyId == keys.Current[0].KeyId) ?? credentials.First(one => one.Key is AsymmetricSecurityKey)
            : credentials.First(one => one.Key is SymmetricSecurityKey);
        return default;
    }
}
