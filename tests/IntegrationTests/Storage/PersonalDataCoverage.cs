using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using GoApi.Tests.Privacy;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.IntegrationTests.Storage;

/// <summary>
/// The model says what is personal; here each such column of each such table gets a word of its own. The export has every word that is
/// not a secret, and after the erasure no table has any. Who adds a column and forgets one of the two is named here.
/// </summary>
public abstract class PersonalDataCoverage(DatabaseFixture database) : StorageTest(database)
{
    // Shorter ones are not unique: they are compared where they were planted.
    private const int ShortestWord = 12;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What the code reads as more than a text.
    private static readonly Dictionary<string, Func<string, string>> Shapes = new()
    {
        ["OAuthAuthorization.Scopes"] = word => $"[\"{word}\"]",
        ["OAuthToken.Status"] = _ => "valid",
    };

    [Fact, Trait("Promise", "A4")]
    public async Task Every_personal_column_is_exported_unless_it_is_a_secret_and_erased()
    {
        var (person, canaries, shown) = (await AddUserAsync(), new Canaries(), new HashSet<string>());
        List<(IEntityType Entity, IProperty Property, object Value)> planted = [];
        await PlantAsync(person, (entity, property) =>
        {
            var name = $"{entity.ShortName()}.{property.Name}";
            var value = ValueOf(name, property, canaries);
            if (value is string or byte[] or DateOnly && property.GetMaxLength() is not < ShortestWord && property.Personality() == PersonalKind.Exported) shown.Add(name);
            planted.Add((entity, property, value));
            return value;
        });
        Assert.NotEmpty(planted);
        Assert.Equal(planted.Where(one => IsWord(one.Property)).Select(one => $"{one.Entity.ShortName()}.{one.Property.Name}").Order(), await FoundAsync(canaries));

        Assert.Equal(shown.Order(), canaries.In(await ExportAsync(person)).Order());

        await using (var scope = NewScope())
            Assert.False((await scope.ServiceProvider.GetRequiredService<IUseCase<AnonymizeUser, Done>>().HandleAsync(new AnonymizeUser(person), default)).Failed(out _));
        Assert.Empty(await FoundAsync(canaries));
        foreach (var (entity, property, value) in planted.Where(one => !IsWord(one.Property)))
            Assert.DoesNotContain(value, await ValuesAsync(entity, property, person));
    }

    private static bool IsWord(IProperty property) => property.GetMaxLength() is not < ShortestWord && ValueType(property) is var type && (type == typeof(string) || type == typeof(byte[]) || type == typeof(DateOnly));

    // Read through its getter: it holds the words of the columns that it is made of.
    private static bool IsMadeOfOthers(IProperty property) => property.GetPropertyAccessMode() == PropertyAccessMode.Property;

    private static Type ValueType(IProperty property) => Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;

    private static object ValueOf(string name, IProperty property, Canaries canaries)
    {
        var length = Math.Min(property.GetMaxLength() ?? 20, 20);
        var type = ValueType(property);
        if (!IsWord(property)) return type == typeof(string) ? new string('Q', length) : type == typeof(DateTimeOffset) ? DateTimeOffset.UnixEpoch : throw new NotSupportedException($"{name}: {type}");
        if (type == typeof(DateOnly)) return DateOnly.Parse(canaries.Add(name, new DateOnly(RandomNumberGenerator.GetInt32(1000, 1500), 3, 11).ToString("O", CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

        var word = canaries.Word(name, length);
        return type == typeof(byte[]) ? Encoding.ASCII.GetBytes(word) : Shapes.GetValueOrDefault(name, text => text)(word);
    }

    // Without foreign keys: what else there would have to be is no matter.
    private async Task PlantAsync(Guid person, Func<IEntityType, IProperty, object> value)
    {
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        await db.Database.OpenConnectionAsync();
        await db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? "SET session_replication_role = replica" : "PRAGMA foreign_keys = OFF");
        // The key that is there stays a key; that it goes is shown by what it has encrypted.
        foreach (var entity in db.Model.GetEntityTypes().Where(entity => entity.PersonProperty() is not null && entity.ClrType != typeof(PersonKey)))
        {
            var row = await db.FindAsync(entity.ClrType, KeyOf(entity, person)) is { } known ? db.Entry(known) : New(db, entity, person);
            foreach (var property in entity.GetProperties().Where(property => property.Personality() is not null && !IsMadeOfOthers(property))) row.Property(property.Name).CurrentValue = value(entity, property);
            if (row.State == EntityState.Detached) db.Add(row.Entity);
        }

        await db.SaveChangesAsync();
        await db.Database.ExecuteSqlRawAsync(db.Database.IsNpgsql() ? "SET session_replication_role = DEFAULT" : "PRAGMA foreign_keys = ON");
    }

    private static object[] KeyOf(IEntityType entity, Guid person) => [.. entity.FindPrimaryKey()!.Properties.Select(property => property.ClrType switch
    {
        var type when type == typeof(Guid) => person,
        var type when type == typeof(byte[]) => new byte[] { 0 },
        var type when type == typeof(int) => (object)-1,
        { IsEnum: true } type => Enum.ToObject(type, 0),
        _ => "none",
    })];

    private static EntityEntry New(AppDbContext db, IEntityType entity, Guid person)
    {
        var instance = Activator.CreateInstance(entity.ClrType, nonPublic: true)!;
        if (instance is IdentityUserPasskey<Guid> passkey) passkey.Data = new IdentityPasskeyData { PublicKey = [1], AttestationObject = [1], ClientDataJson = [1], CreatedAt = DateTimeOffset.UnixEpoch };
        foreach (var key in entity.FindPrimaryKey()!.Properties.Where(key => key.ClrType == typeof(byte[]) || key.ClrType == typeof(string))) key.PropertyInfo!.SetValue(instance, key.ClrType == typeof(string) ? "new" : (object)new byte[] { 2 });
        var row = db.Entry(instance);
        var owner = entity.PersonProperty()!;
        foreach (var property in entity.GetProperties().Where(property => !property.IsNullable && property.GetDefaultValue() is null))
        {
            if (property.ClrType == typeof(string)) row.Property(property.Name).CurrentValue = Shapes.GetValueOrDefault($"{entity.ShortName()}.{property.Name}", _ => "x")("x");
            if (property.ClrType == typeof(byte[])) row.Property(property.Name).CurrentValue = new byte[] { 3 };
            if (property.ClrType == typeof(Guid)) row.Property(property.Name).CurrentValue = Guid.CreateVersion7();
            if (property.GetElementType() is { } element) row.Property(property.Name).CurrentValue = Array.CreateInstance(element.ClrType, 0);
        }

        foreach (var (name, shape) in Shapes.Where(shape => shape.Key.StartsWith($"{entity.ShortName()}.", StringComparison.Ordinal))) row.Property(name.Split('.')[1]).CurrentValue = shape("x");
        row.Property(owner.Name).CurrentValue = owner.ClrType == typeof(string) ? person.ToString() : person;
        return row;
    }

    private async Task<IEnumerable<string>> FoundAsync(Canaries canaries)
    {
        await using var scope = NewScope();
        var found = await WholeDatabase.FindAsync(scope.ServiceProvider.GetRequiredService<AppDbContext>().Database.GetDbConnection(), canaries, default);
        return found.Select(line => line.Split(": ")[1]).Distinct().Order();
    }

    private async Task<string> ExportAsync(Guid person)
    {
        await using var scope = NewScope();
        using var text = new MemoryStream();
        // The history tells of the planting itself.
        foreach (var module in scope.ServiceProvider.GetServices<IPersonalData>().Where(module => module is not AuditPersonalData))
            if (await module.ExportAsync(person, default) is { } data)
                await JsonSerializer.SerializeAsync(text, data, data.GetType(), Json);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private async Task<List<object?>> ValuesAsync(IEntityType entity, IProperty property, Guid person)
    {
        await using var scope = NewScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        return [.. (await (Task<List<object?>>)ReadMethod.MakeGenericMethod(entity.ClrType).Invoke(null, [db, entity, property, person])!)];
    }

    private static readonly System.Reflection.MethodInfo ReadMethod = typeof(PersonalDataCoverage).GetMethod(nameof(ReadAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;

    private static async Task<List<object?>> ReadAsync<T>(AppDbContext db, IEntityType entity, IProperty property, Guid person) where T : class =>
        (await db.Set<T>().AsNoTracking().ToListAsync())
            .Where(row => entity.PersonProperty() is IProperty owner && owner.GetGetter().GetClrValue(row)?.ToString() == person.ToString())
            .Select(row => property.GetGetter().GetClrValue(row)).ToList();
}

public sealed class PersonalDataCoverageOnSqlite(SqliteDatabase database) : PersonalDataCoverage(database), IClassFixture<SqliteDatabase>;

public sealed class PersonalDataCoverageOnPostgreSql(PostgreSqlDatabase database) : PersonalDataCoverage(database), IClassFixture<PostgreSqlDatabase>;
