using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using GoApi.NKeysTests;
using NATS.NKeys;

namespace GoApi.IntegrationTests.Messaging;

/// <summary>A pair of keys of NATS, and the JWTs that it signs (NATS JWT v2: alg ed25519-nkey).</summary>
internal sealed class NatsIdentity : IDisposable
{
    private readonly KeyPair pair;

    public NatsIdentity(char role)
    {
        Seed = Nkey.Seed(role, RandomNumberGenerator.GetBytes(32));
        pair = KeyPair.FromSeed(Seed);
    }

    public string Seed { get; }

    public string PublicKey => pair.GetPublicKey();

    /// <summary>The claims of an account that may do anything.</summary>
    /// <param name="storage">For JetStream: -1 is without a limit; the system account may have none.</param>
    public static object Account(int storage) => new
    {
        limits = new { subs = -1, data = -1, payload = -1, imports = -1, exports = -1, wildcards = true, conn = -1, leaf = -1, mem_storage = storage, disk_storage = storage, streams = storage, consumer = storage },
        default_permissions = new { pub = new { }, sub = new { } },
        type = "account",
        version = 2,
    };

    public string Sign(NatsIdentity about, object claims)
    {
        var signed = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}"""u8)}.{Encode(JsonSerializer.SerializeToUtf8Bytes(new
        {
            jti = Guid.CreateVersion7().ToString("N"),
            iat = DateTimeOffset.UnixEpoch.AddYears(56).ToUnixTimeSeconds(),
            iss = PublicKey,
            name = "goapi",
            sub = about.PublicKey,
            nats = claims,
        }))}";
        var signature = new byte[64];
        pair.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Encode(signature)}";
    }

    public void Dispose() => pair.Dispose();

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}

/// <summary>Operator, accounts and users of a server that is told only whom to trust.</summary>
internal sealed class NatsOperator : IDisposable
{
    private readonly NatsIdentity @operator = new('O');
    private readonly NatsIdentity system = new('A');
    private readonly NatsIdentity account = new('A');

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $$"""
        operator: {{@operator.Sign(@operator, new { type = "operator", version = 2, system_account = system.PublicKey })}}
        resolver: MEMORY
        resolver_preload: {
          {{system.PublicKey}}: {{@operator.Sign(system, NatsIdentity.Account(storage: 0))}}
          {{account.PublicKey}}: {{@operator.Sign(account, NatsIdentity.Account(storage: -1))}}
        }
        """);

    /// <summary>A new user of the account, as <c>nsc</c> writes its file.</summary>
    public string NewCredentials()
    {
        using var user = new NatsIdentity('U');
        var jwt = account.Sign(user, new { pub = new { }, sub = new { }, subs = -1, data = -1, payload = -1, type = "user", version = 2 });
        return $"""
            -----BEGIN NATS USER JWT-----
            {jwt}
            ------END NATS USER JWT------

            -----BEGIN USER NKEY SEED-----
            {user.Seed}
            ------END USER NKEY SEED------
            """;
    }

    public void Dispose()
    {
        @operator.Dispose();
        system.Dispose();
        account.Dispose();
    }
}

/// <summary>An authority of the test's own, which signs for servers on 127.0.0.1 and for clients.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 authority;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=GoApi tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    public string Pem => authority.ExportCertificatePem();

    public (string Certificate, string Key) Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => authority.Dispose();
}
