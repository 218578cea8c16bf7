using System.Text;
using System.Xml.Linq;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Encryption;

/// <summary>Data Protection's key ring, for cookies and mailed tokens: in the database, so that all instances share it, and encrypted at rest.</summary>
internal static class DataProtectionKeys
{
    public static IServiceCollection AddSharedDataProtection(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("goapi").PersistKeysToDbContext<AppDbContext>();
        services.AddOptions<KeyManagementOptions>().Configure<EncryptionKey>((options, key) => options.XmlEncryptor = new KeyEncryptor(key));
        return services;
    }

    public const string Purpose = "data-protection";

    private const string Encrypted = "encrypted";

    /// <summary>Null where the entry has no secret, as that of a revocation.</summary>
    public static byte[]? CiphertextIn(string xml) => ElementIn(XElement.Parse(xml)) is { } element ? Convert.FromBase64String(element.Value) : null;

    /// <summary>The entry with this in place of what is encrypted in it.</summary>
    public static string WithCiphertext(string xml, byte[] ciphertext)
    {
        var entry = XElement.Parse(xml);
        ElementIn(entry)!.Value = Convert.ToBase64String(ciphertext);
        return entry.ToString(SaveOptions.DisableFormatting);
    }

    private static XElement? ElementIn(XElement entry) => entry.Descendants(Encrypted).SingleOrDefault();

    private sealed class KeyEncryptor(EncryptionKey key) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
            new XElement(Encrypted, Convert.ToBase64String(key.Encrypt(Purpose, Encoding.UTF8.GetBytes(plaintextElement.ToString())))), typeof(KeyDecryptor));
    }

    // Data Protection makes it by itself, from the type's name in the stored key, and gives it the services.
    private sealed class KeyDecryptor(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) => XElement.Parse(Encoding.UTF8.GetString(
            services.GetRequiredService<EncryptionKey>().Decrypt(Purpose, Convert.FromBase64String(encryptedElement.Value))));
    }
}

internal sealed class DataProtectionKeyConfiguration : IEntityTypeConfiguration<DataProtectionKey>
{
    public void Configure(EntityTypeBuilder<DataProtectionKey> key)
    {
        key.ToTable("data_protection_keys");
        key.IsBookkeeping("Data Protection renews its keys by itself, for no one's request.");
        key.Property(row => row.FriendlyName).HasMaxLength(100);
        key.Property(row => row.Xml).HasMaxLength(10_000).IsEncrypted(DataProtectionKeys.Purpose);
    }
}
