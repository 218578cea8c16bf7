using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NATS.NKeys;

namespace GoApi.Infrastructure.Configuration;

/// <summary>What the settings of NATS must be together, and what must be in the files that they name.</summary>
internal static class NatsChecks
{
    private const string JwtHeading = "-----BEGIN NATS USER JWT-----";
    private const string SeedHeading = "-----BEGIN USER NKEY SEED-----";

    public static void Check(NatsSettings nats, SettingsReader reader)
    {
        foreach (var url in nats.Urls) CheckUrl(url, reader);

        string?[] kinds =
        [
            nats.Token is null ? null : "NATS_TOKEN",
            (nats.User ?? nats.Password) is null ? null : "NATS_USER",
            nats.NKeySeed is null ? null : "NATS_NKEY_SEED",
            nats.CredentialsFile is null ? null : "NATS_CREDS_FILE",
        ];
        var used = kinds.OfType<string>().ToArray();
        if (used.Length > 1) reader.Fault($"{string.Join(", ", used)}: one kind of credentials is expected.");
        if (nats.User is null != nats.Password is null) reader.Fault("NATS_USER and NATS_PASSWORD: set both or neither.");
        if (nats.NKeySeed is { } seed && !IsUserSeed(seed)) reader.Fault("NATS_NKEY_SEED: the seed of a user is expected (SU…, 58 characters).");
        if (nats.CredentialsFile is { } credentials && !HasCredentials(credentials))
            reader.Fault($"NATS_CREDS_FILE is \"{credentials}\": a readable file with the JWT and the seed of a user is expected.");
        if (nats.TlsCaFile is { } ca && !PemFiles.HasCertificates(ca)) reader.Fault($"NATS_TLS_CA_FILE is \"{ca}\": a readable file with certificates in PEM is expected.");
        if (nats.TlsCertificateFile is null != nats.TlsKeyFile is null) reader.Fault("NATS_TLS_CERT_FILE and NATS_TLS_KEY_FILE: set both or neither.");
        else if (nats is { TlsCertificateFile: { } certificate, TlsKeyFile: { } key } && !IsPair(certificate, key))
            reader.Fault($"NATS_TLS_CERT_FILE is \"{certificate}\" and NATS_TLS_KEY_FILE \"{key}\": readable files with a certificate and its key in PEM, without a password, are expected.");
        if (!nats.StreamName.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            reader.Fault($"NATS_STREAM_NAME is \"{nats.StreamName}\": letters, digits, - and _ are expected.");
    }

    private static void CheckUrl(string url, SettingsReader reader)
    {
        // Not shown: it may hold a password.
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0)
            reader.Fault("NATS_URLS has an address with credentials in it: NATS_USER and NATS_PASSWORD, or NATS_TOKEN, are expected to hold them.");
        else if (uri?.Scheme is not ("nats" or "tls"))
            reader.Fault($"NATS_URLS has \"{url}\": nats://host:port or tls://host:port is expected.");
    }

    private static bool IsUserSeed(string seed)
    {
        try
        {
            using var pair = KeyPair.FromSeed(seed);
            return pair.GetPublicKey().StartsWith('U');
        }
        catch (NKeysException)
        {
            return false;
        }
    }

    private static bool HasCredentials(string path) =>
        PemFiles.Read(path) is { } text && text.Split('\n', StringSplitOptions.TrimEntries) is var lines && After(lines, JwtHeading) is { Length: > 0 } && After(lines, SeedHeading) is { } seed && IsUserSeed(seed);

    private static string? After(string[] lines, string heading) => Array.IndexOf(lines, heading) is >= 0 and var at && at + 1 < lines.Length ? lines[at + 1] : null;

    private static bool IsPair(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(PemFiles.Read(certificate), PemFiles.Read(key));
            return true;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
