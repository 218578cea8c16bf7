using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Encryption;

/// <summary>What the model says about encryption, beside each column: the rotation, the check and their tests have no list of their own.</summary>
internal static class EncryptedModel
{
    private const string Purpose = "Encrypted:Purpose";

    /// <summary>It holds what <see cref="EncryptionKey.Encrypt"/> gave; in text, as Data Protection's XML has it. The row's key is one column.</summary>
    /// <param name="purpose">What it is encrypted for, with <c>{0}</c> where the row's key stands.</param>
    public static PropertyBuilder<T> IsEncrypted<T>(this PropertyBuilder<T> property, string purpose)
    {
        property.Metadata.SetAnnotation(Purpose, purpose);
        return property;
    }

    /// <summary>Null where it is not encrypted.</summary>
    public static string? EncryptedFor(this IReadOnlyProperty property) => property.FindAnnotation(Purpose)?.Value as string;
}
