using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GoApi.Infrastructure.Configuration;

/// <summary>Files that settings name.</summary>
internal static class PemFiles
{
    public static bool HasCertificates(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(Read(path));
            foreach (var certificate in certificates) certificate.Dispose();
            return certificates.Count > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Null where it cannot be read.</summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
