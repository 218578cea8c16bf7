using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.ArchitectureTests;

/// <summary>
/// What is stored encrypted is marked, or a rotation of ENCRYPTION_KEY would lose it: every column of bytes is marked, or stands here with
/// the reason why it does not. Texts are found by <c>KeyRotationTests</c> of the API, which looks at what is in them.
/// </summary>
public class EncryptedColumnTests
{
    private static readonly Dictionary<string, string> NotEncrypted = new()
    {
        ["AuditAddress.Digest"] = "A keyed digest, with a stored key.",
        ["AuditSeal.Leaves"] = "Hashes.",
        ["AuditSeal.Previous"] = "A hash.",
        ["AuditSeal.Root"] = "A hash.",
        ["IdempotencyRecord.Fingerprint"] = "A keyed digest, with a stored key.",
        ["IdentityUserPasskey.CredentialId"] = "Public; the authenticator's.",
        ["UserDevice.TokenHash"] = "The digest of 256 random bits.",
        ["UserRecoveryCode.CodeHash"] = "A keyed digest, with a stored key.",
    };

    [Fact]
    public void Every_column_of_bytes_is_marked_as_encrypted_or_has_a_reason_not_to_be() => Rule.Holds(
        Properties().Where(property => property.ClrType == typeof(byte[])),
        property => property.EncryptedFor() is not null != NotEncrypted.ContainsKey(Name(property)) ? [] : [$"{Name(property)} is neither marked as encrypted nor listed, or both."]);

    [Fact]
    public void Every_reason_is_needed() => Rule.Holds(NotEncrypted.Keys, name => Properties().Any(property => Name(property) == name) ? [] : [$"There is no {name}."]);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public void Every_encrypted_column_can_be_gone_through(string database)
    {
        using var provider = Composition.Services(database == "sqlite" ? Composition.Embedded : Composition.Configured).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<AppDbContext>().Model;

        Assert.Contains(EncryptedColumn.Of(model), column => column.Name == "person_keys.wrapped_key");
        Assert.All(Properties().Where(property => property.EncryptedFor() is not null), property => Assert.True(property.ClrType == typeof(byte[]) || property.ClrType == typeof(string)));
    }

    [Fact]
    public void Rows_whose_key_is_several_columns_are_refused()
    {
        var model = new ModelBuilder();
        var entity = model.Entity<Careless>();
        entity.HasKey(row => new { row.One, row.Other });
        entity.Property(row => row.Secret).IsEncrypted("careless:{0}");

        Assert.Throws<InvalidOperationException>(() => EncryptedColumn.Of(model.Model));
    }

    private static string Name(IReadOnlyProperty property) => $"{property.DeclaringType.ShortName()}.{property.Name}";

    private static IProperty[] Properties()
    {
        using var provider = Composition.Services(Composition.Embedded).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<AppDbContext>().GetService<IDesignTimeModel>().Model;
        return [.. model.GetEntityTypes().Where(type => !type.IsMappedToJson()).SelectMany(type => type.GetProperties())];
    }

    private sealed class Careless
    {
        public int One { get; set; }

        public int Other { get; set; }

        public byte[] Secret { get; set; } = [];
    }
}
