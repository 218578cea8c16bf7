using System.Text.RegularExpressions;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.ArchitectureTests;

/// <summary>The one model, as each database gets it.</summary>
public partial class ModelTests
{
    public static TheoryData<string> Databases => ["sqlite", "postgresql"];

    [Theory]
    [MemberData(nameof(Databases))]
    public void Every_text_has_a_length_or_is_said_to_have_none(string database) => With(database, model => Rule.Holds(
        Properties(model).Where(property => (property.FindTypeMapping()?.Converter?.ProviderClrType ?? property.ClrType) == typeof(string)), TextIsBounded));

    [Theory]
    [MemberData(nameof(Databases))]
    public void Every_name_is_snake_case(string database) => With(database, model => Rule.Holds(Names(model), IsSnakeCase));

    [Theory]
    [MemberData(nameof(Databases))]
    public void Every_enumeration_is_text(string database) => With(database, model => Rule.Holds(
        Properties(model).Where(property => (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType).IsEnum), EnumIsText));

    [Theory]
    [MemberData(nameof(Databases))]
    public void Every_aggregate_is_audited_and_locked(string database) =>
        With(database, model => Rule.Holds(model.GetEntityTypes().Where(type => type.ClrType.IsAssignableTo(typeof(Aggregate)) || type.ClrType.IsAssignableTo(typeof(IEventSource))), IsAuditedAndLocked));

    [Theory]
    [MemberData(nameof(Databases))]
    [Trait("Promise", "A1")]
    public void Every_table_says_how_the_audit_trail_tells_of_it(string database) =>
        With(database, model => Rule.Holds(model.GetEntityTypes().Where(type => !type.IsOwned()), SaysHowItIsAudited));

    [Theory]
    [MemberData(nameof(Databases))]
    public void Every_aggregate_has_a_table(string database) =>
        With(database, model => Rule.Holds(Code.Aggregates, type => model.FindEntityType(type) is null ? [$"{type} is not in the model."] : []));

    [Theory]
    [MemberData(nameof(Databases))]
    public void No_change_of_the_model_waits_for_a_migration(string database)
    {
        using var provider = Composition.Services(database == "sqlite" ? Composition.Embedded : Composition.Configured).BuildServiceProvider();
        using var scope = provider.CreateScope();

        Assert.False(scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.HasPendingModelChanges(), "Add a migration for both databases: see CONTRIBUTING.md.");
    }

    [Fact]
    public void Rules_can_fail()
    {
        using var db = new Careless();
        var model = db.GetService<IDesignTimeModel>().Model;
        var row = model.FindEntityType(typeof(Careless.Row))!;

        Assert.NotEmpty(TextIsBounded(row.FindProperty(nameof(Careless.Row.Unbounded))!));
        Assert.Empty(TextIsBounded(row.FindProperty(nameof(Careless.Row.Bounded))!));
        Assert.Empty(TextIsBounded(row.FindProperty(nameof(Careless.Row.Long))!));
        Assert.NotEmpty(EnumIsText(row.FindProperty(nameof(Careless.Row.Kind))!));
        Assert.Equal(2, IsAuditedAndLocked(row).Count());
        Assert.NotEmpty(SaysHowItIsAudited(row));
        Assert.NotEmpty(SaysHowItIsAudited(model.FindEntityType(typeof(Careless.TwoWays))!));
        Assert.NotEmpty(SaysHowItIsAudited(model.FindEntityType(typeof(Careless.NoReason))!));
        Assert.NotEmpty(Names(model).SelectMany(IsSnakeCase));
    }

    private static void With(string database, Action<IModel> check)
    {
        using var provider = Composition.Services(database == "sqlite" ? Composition.Embedded : Composition.Configured).BuildServiceProvider();
        using var scope = provider.CreateScope();
        check(scope.ServiceProvider.GetRequiredService<AppDbContext>().GetService<IDesignTimeModel>().Model);
    }

    private static IEnumerable<IProperty> Properties(IModel model) => model.GetEntityTypes().Where(type => !type.IsMappedToJson()).SelectMany(type => type.GetProperties());

    private static IEnumerable<string> TextIsBounded(IReadOnlyProperty property) =>
        property.GetMaxLength() is null && !property.IsMeantToBeUnbounded() ? [$"{property.DeclaringType.DisplayName()}.{property.Name} has no length."] : [];

    private static IEnumerable<string> EnumIsText(IReadOnlyProperty property) =>
        property.GetValueConverter()?.ProviderClrType == typeof(string) ? [] : [$"{property.DeclaringType.DisplayName()}.{property.Name} is stored as a number."];

    private static IEnumerable<string> IsAuditedAndLocked(IReadOnlyEntityType type)
    {
        // A ledger is a record of its own, which several write at once; it says so with its reason.
        if (type.BookkeepingReason() is not null) yield break;
        if (type.AuditResource() is null && !type.IsAuditedTogether()) yield return $"{type.DisplayName()} is not audited.";
        if (!type.GetProperties().Any(property => property.IsConcurrencyToken)) yield return $"{type.DisplayName()} has no concurrency token.";
    }

    private static IEnumerable<string> SaysHowItIsAudited(IReadOnlyEntityType type)
    {
        bool[] ways = [type.AuditResource() is not null, type.IsAuditedTogether(), type.BookkeepingReason() is not null];
        if (ways.Count(way => way) != 1) yield return $"{type.DisplayName()} says one of IsAudited, IsAuditedTogether and IsBookkeeping.";
        if (type.BookkeepingReason() is { Length: < 10 }) yield return $"{type.DisplayName()} has no reason to be left out of the audit trail.";
    }

    private static IEnumerable<string> Names(IModel model) => model.GetEntityTypes().Where(type => !type.IsMappedToJson()).SelectMany(type => new[] { type.GetTableName() }
        .Concat(type.GetProperties().Select(property => property.GetColumnName())).Concat(type.GetIndexes().Select(index => index.GetDatabaseName()))
        .Concat(type.GetForeignKeys().Select(key => key.GetConstraintName())).Concat(type.GetKeys().Select(key => key.GetName()))).OfType<string>();

    private static IEnumerable<string> IsSnakeCase(string name) => SnakeCase().IsMatch(name) ? [] : [$"\"{name}\" is not snake_case."];

    [GeneratedRegex(@"^[a-z][a-z0-9]*(_[a-z0-9]+)*\z")]
    private static partial Regex SnakeCase();

    private sealed class Careless : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseSqlite("Data Source=:memory:");

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Row>().Property(row => row.Bounded).HasMaxLength(10);
            modelBuilder.Entity<Row>().Property(row => row.Long).IsUnbounded();
            modelBuilder.Entity<TwoWays>().IsAudited("one").IsAuditedTogether();
            modelBuilder.Entity<NoReason>().IsBookkeeping("");
        }

        internal sealed class TwoWays
        {
            public int Id { get; set; }
        }

        internal sealed class NoReason
        {
            public int Id { get; set; }
        }

        internal sealed class Row
        {
            public int Id { get; set; }

            public string Unbounded { get; set; } = "";

            public string Bounded { get; set; } = "";

            public string? Long { get; set; }

            public DayOfWeek Kind { get; set; }
        }
    }
}
