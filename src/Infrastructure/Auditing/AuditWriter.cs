using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GoApi.Application.Abstractions.Auditing;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace GoApi.Infrastructure.Auditing;

/// <summary>Makes the entries of the audit trail: from the tracked changes of audited rows, and on demand where no row shows what happened.</summary>
internal static class AuditWriter
{
    private const string Maintenance = "system.maintenance";
    private const string User = "user";

    // Only what the envelope and the entry say anyway.
    private static readonly HashSet<string> Bookkeeping = [nameof(Aggregate.Version), nameof(Aggregate.UpdatedAt), nameof(Aggregate.CreatedAt), nameof(Aggregate.Id)];

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void AddEntries(AppDbContext db, UnitOfWorkScope scope, DateTimeOffset now)
    {
        List<AuditEntry> entries = [];
        foreach (var row in db.ChangeTracker.Entries())
        {
            if (row.State is not (EntityState.Added or EntityState.Modified or EntityState.Deleted) || row.Metadata.AuditResource() is not { } resource) continue;

            var changed = row.Properties.Where(property => IsChange(row, property)).ToArray();
            if (changed.Length == 0 && row.State == EntityState.Modified) continue;

            var id = row.Property(row.Metadata.FindPrimaryKey()!.Properties[0].Name).CurrentValue?.ToString();
            var person = row.Metadata.PersonProperty() is { } owner ? Person(row.Property(owner.Name).CurrentValue) : null;
            entries.Add(Entry(scope, scope.UseCase.Action ?? Maintenance, AuditStatus.Success, resource, id, null, [.. changed.Select(property => Field(row, property, person))], person, now));
        }

        db.AddRange(entries);
        AddOwed(db, scope, now);
    }

    /// <summary>
    /// The entry of a use case that has written none: whoever changes something need not remember to (A1). In a transaction its end shows
    /// whether one is missing, and otherwise the save.
    /// </summary>
    public static AuditEntry Owed(UnitOfWorkScope scope, DateTimeOffset now)
    {
        var action = scope.UseCase.Action ?? Maintenance;
        var module = action[..action.IndexOf('.', StringComparison.Ordinal)];
        return Entry(scope, action, AuditStatus.Success, module.EndsWith('s') ? module[..^1] : module, null, null, [], scope.Trail.Person, now);
    }

    private static void AddOwed(AppDbContext db, UnitOfWorkScope scope, DateTimeOffset now)
    {
        var transaction = db.Database.CurrentTransaction is not null;
        scope.TrailBefore = scope.Trail;
        if (!transaction) scope.Trail = default;
        var changed = db.ChangeTracker.Entries().Where(row => row.State is EntityState.Added or EntityState.Modified or EntityState.Deleted).ToArray();
        if (changed.Any(row => row.Entity is AuditEntry))
        {
            scope.Trail = scope.Trail with { HasEntry = true };
        }
        else if (changed.Where(row => row.Metadata.NeedsEntry(row.State == EntityState.Added)).ToArray() is [_, ..] owing)
        {
            var person = owing.Select(row => row.Metadata.PersonProperty() is { } owner ? Person(row.Property(owner.Name).CurrentValue) : null).FirstOrDefault(id => id is not null);
            scope.Trail = scope.Trail with { Owes = true, Person = scope.Trail.Person ?? person };
            if (!transaction) db.Add(Owed(scope, now));
        }

        if (!transaction) scope.Trail = default;
    }

    /// <param name="about">Whose row it is, or who has just proved who they are: where nobody is logged in, the actor as well.</param>
    public static AuditEntry Entry(
        UnitOfWorkScope scope, string action, AuditStatus status, string resource, string? resourceId, string? error, IReadOnlyList<AuditedField> fields, Guid? about, DateTimeOffset now,
        Guid? actorUserId = null) => new()
        {
            Id = Guid.CreateVersion7(now),
            ActorUserId = scope.Actor.UserId ?? actorUserId,
            ActorClientId = OneLine(scope.Actor.ClientId),
            SubjectUserId = (resource == User ? Person(resourceId) : null) ?? about ?? actorUserId ?? scope.Actor.UserId ?? scope.AboutUserId,
            Action = action,
            Resource = resource,
            ResourceId = OneLine(resourceId),
            IpAddress = scope.Actor.IpAddress,
            UserAgent = OneLine(scope.Actor.UserAgent is { Length: > AuditEntry.MaxUserAgent } agent ? agent[..AuditEntry.MaxUserAgent] : scope.Actor.UserAgent),
            RequestId = scope.Actor.RequestId,
            Status = status,
            Error = error,
            Fields = fields,
            CreatedAt = now,
        };

    private static Guid? Person(object? id) => id as Guid? ?? (Guid.TryParse(id as string, out var parsed) ? parsed : null);

    // Some of it is what an unknown caller sent: control characters would break lines and, as NUL or half a character, the insert itself.
    private static string? OneLine(string? text) => text is null ? null : string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? Rune.ReplacementChar : rune));

    private static bool IsChange(EntityEntry row, PropertyEntry property)
    {
        if (Bookkeeping.Contains(property.Metadata.Name) || property.Metadata.IsLeftOutOfAudit()) return false;
        return row.State switch
        {
            EntityState.Added => property.CurrentValue is not null,
            EntityState.Deleted => property.OriginalValue is not null,
            _ => property.IsModified && !Equals(property.OriginalValue, property.CurrentValue),
        };
    }

    private static AuditedField Field(EntityEntry row, PropertyEntry property, Guid? person) => new(
        JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Metadata.Name),
        Json(property.Metadata, row.State == EntityState.Added ? null : property.OriginalValue),
        Json(property.Metadata, row.State == EntityState.Deleted ? null : property.CurrentValue),
        person is not null && property.Metadata.Personality() is not null && !property.Metadata.IsMaskedInAudit());

    private static string Json(IReadOnlyProperty property, object? value) => value switch
    {
        null => "null",
        var _ when property.IsMaskedInAudit() => "\"***\"",
        Enum => JsonSerializer.Serialize(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!), Readable),
        _ => JsonSerializer.Serialize(value, value.GetType(), Readable),
    };
}

internal sealed class AuditTrail(AppDbContext db, UnitOfWorkScope scope, TimeProvider time) : IAuditTrail
{
    public void Record(string action, AuditStatus status, string resource, string? resourceId, string? error, Guid? actorUserId, long? times)
    {
        AuditedField[] fields = times is { } count ? [new("times", "null", count.ToString(CultureInfo.InvariantCulture), IsPersonal: false)] : [];
        db.Add(AuditWriter.Entry(scope, action, status, resource, resourceId, error, fields, null, time.GetUtcNow(), actorUserId));
    }
}
