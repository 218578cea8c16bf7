using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.ArchitectureTests;

/// <summary>
/// Every column that could hold something about a person says that it does, or stands here with the reason why it does not: nobody can add
/// one without thinking of the export and the erasure.
/// </summary>
public class PersonalColumnTests
{
    // An entity alone is all of its columns.
    private static readonly Dictionary<string, string> NotPersonal = new()
    {
        ["AppUser.AvatarKey"] = "Random; the picture that it names is deleted, and exported as a file (ErasureTests).",
        ["AppUser.ConcurrencyStamp"] = "Random; Identity's.",
        ["AuditEntry.Action"] = "What was done, not by whom.",
        ["AuditEntry.ActorClientId"] = "A program.",
        ["AuditEntry.Changes"] = "Personal values in it are encrypted with the person's key (decision 0023).",
        ["AuditEntry.Error"] = "A code.",
        ["AuditEntry.IpAddress"] = "Encrypted with the person's key (decision 0023).",
        ["AuditEntry.RequestId"] = "Names a request.",
        ["AuditEntry.Resource"] = "A kind of thing.",
        ["AuditEntry.ResourceId"] = "An id.",
        ["AuditEntry.UserAgent"] = "Encrypted with the person's key (decision 0023).",
        ["AuditSeal"] = "Hashes and signatures.",
        ["AuditSealKey"] = "The installation's keys.",
        ["CacheInvalidation.Tag"] = "A thing or a program.",
        ["ClientAssertion"] = "A digest of what a program sent.",
        ["Delivery.Category"] = "What it is about, not whom.",
        ["Delivery.Template"] = "A template.",
        ["DeliveryAttempt"] = "Goes with its delivery, which is the person's.",
        ["DataProtectionKey"] = "The installation's keys.",
        ["IdempotencyRecord.Id"] = "A digest.",
        ["IdentityPasskeyData"] = "One column of a passkey's row, which is the person's by its CredentialId.",
        ["LogInThrottle"] = "What was counted is a keyed hash, forgotten within a day; the erasure deletes the rows of the account and its devices.",
        ["MailboxMessage"] = "Belongs to an address, not to an id: MailboxPersonalData finds it by that, and the canary test of the API shows it.",
        ["Notification.Category"] = "What it is about, not whom.",
        ["Notification.Type"] = "A template.",
        ["NotificationBatch"] = "What staff wrote to many; what was written to one person alone goes with them (NotificationsPersonalData).",
        ["NotificationPreference.Category"] = "What people choose about; the row goes with them.",
        ["NotificationTemplate"] = "What administrators wrote for everybody; who did is an id.",
        ["OAuthApplication"] = "A program that an administrator registered for the installation; who did is an id.",
        ["OAuthAuthorization.ConcurrencyToken"] = "Random.",
        ["OAuthAuthorization.Status"] = "One of OpenIddict's words.",
        ["OAuthAuthorization.Subject"] = "The id that says whose row it is.",
        ["OAuthAuthorization.Type"] = "One of OpenIddict's words.",
        ["OAuthScope"] = "The installation's scopes.",
        ["OAuthToken.ConcurrencyToken"] = "Random.",
        ["OAuthToken.Status"] = "One of OpenIddict's words.",
        ["OAuthToken.Subject"] = "The id that says whose row it is.",
        ["OAuthToken.Type"] = "One of OpenIddict's words.",
        ["OutboxMessage"] = "Ids and facts; errors are named by what failed.",
        ["Review.ResourceId"] = "The thing that was reviewed.",
        ["Review.ResourceType"] = "The thing that was reviewed.",
        ["SigningKey"] = "The installation's keys.",
        ["StoredKey"] = "The installation's keys.",
        ["Suppression"] = "Belongs to an address, not to an id: NotificationsPersonalData finds it by that.",
        ["TokenRevocation.Subject"] = "An id.",
    };

    [Fact]
    public void Every_column_is_marked_as_personal_or_has_a_reason_not_to_be() => Rule.Holds(
        Columns(), property => property.Personality() is not null || ReasonFor(property) is not null ? [] : [$"{Name(property)} is neither marked as personal nor listed."]);

    [Fact]
    public void No_column_is_both() => Rule.Holds(
        Columns().Where(property => property.Personality() is not null), property => ReasonFor(property) is null ? [] : [$"{Name(property)} is marked as personal, and listed as not personal."]);

    [Fact]
    public void Every_reason_is_needed() => Rule.Holds(
        NotPersonal.Keys, name => Columns().Any(property => Name(property) == name || property.DeclaringType.ShortName() == name) ? [] : [$"There is no {name}."]);

    [Fact]
    public void Every_personal_column_says_whose_it_is() => Rule.Holds(Columns().Where(property => property.Personality() is not null), IsSomebodys);

    [Fact]
    public void Rules_can_fail()
    {
        var model = new ModelBuilder();
        var entity = model.Entity<Careless>();
        entity.Property(row => row.Name).IsPersonal();
        entity.Property(row => row.Born);
        entity.Property(row => row.Id);
        var row = entity.Metadata;

        Assert.NotEmpty(IsSomebodys(row.FindProperty(nameof(Careless.Name))!));
        entity.BelongsToPerson(careless => careless.Id);
        Assert.Empty(IsSomebodys(row.FindProperty(nameof(Careless.Name))!));
        Assert.True(CouldBePersonal(row.FindProperty(nameof(Careless.Born))!));
        Assert.False(CouldBePersonal(row.FindProperty(nameof(Careless.Id))!));
    }

    private static IEnumerable<string> IsSomebodys(IReadOnlyProperty property) =>
        ((IReadOnlyEntityType)property.DeclaringType).PersonProperty() is null ? [$"{Name(property)} is personal, and its entity does not say whose it is."] : [];

    private static string? ReasonFor(IReadOnlyProperty property) => NotPersonal.GetValueOrDefault(Name(property)) ?? NotPersonal.GetValueOrDefault(property.DeclaringType.ShortName());

    private static string Name(IReadOnlyProperty property) => $"{property.DeclaringType.ShortName()}.{property.Name}";

    private static bool CouldBePersonal(IReadOnlyProperty property) => (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) is var type
        && (type == typeof(string) || type == typeof(byte[]) || type == typeof(DateOnly));

    private static IProperty[] Columns()
    {
        using var provider = Composition.Services(Composition.Embedded).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<AppDbContext>().GetService<IDesignTimeModel>().Model;
        return [.. model.GetEntityTypes().SelectMany(type => type.GetProperties()).Where(CouldBePersonal)];
    }

    private sealed class Careless
    {
        public Guid Id { get; set; }

        public string Name { get; set; } = "";

        public DateOnly? Born { get; set; }
    }
}
