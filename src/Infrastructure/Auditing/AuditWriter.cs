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

    // Only what the envelope and the entry say anyway.
    private static readonly HashSet<string> Bookkeeping = [nameof(Aggregate.Version), nameof(Aggregate.UpdatedAt), nameof(Aggregate.CreatedAt), nameof(Aggregate.Id)];

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void AddEntries(AppDbContext db, UnitOfWorkScope scope, DateTimeOffset now)
    {
        List<AuditEntry> entries = [];
        foreach (var row in db.ChangeTracker.Entries())
        {
            if (row.State is not (EntityState.Added or EntityState.Modified or EntityState.Deleted) || row.Metadata.AuditResource() is not { } resource) continue;

            var changed = row.Properties.Where(property => IsChange(row, property)).ToArray();
            if (changed.Length == 0 && row.State == EntityState.Modified) continue;

            var id = row.Property(row.Metadata.FindPrimaryKey()!.Properties[0].Name).CurrentValue?.ToString();
            entries.Add(Entry(scope, scope.UseCase.Action ?? Maintenance, AuditStatus.Success, resource, id, null, Changes(row, changed), scope.Actor.UserId, now));
        }

        db.AddRange(entries);
    }

    public static AuditEntry Entry(
        UnitOfWorkScope scope, string action, AuditStatus status, string resource, string? resourceId, string? error, string? changes, Guid? actorUserId, DateTimeOffset now) => new()
        {
            Id = Guid.CreateVersion7(now),
            ActorUserId = actorUserId,
            ActorClientId = OneLine(scope.Actor.ClientId),
            Action = action,
            Resource = resource,
            ResourceId = OneLine(resourceId),
            IpAddress = scope.Actor.IpAddress,
            UserAgent = OneLine(scope.Actor.UserAgent is { Length: > 512 } agent ? agent[..512] : scope.Actor.UserAgent),
            RequestId = scope.Actor.RequestId,
            Status = status,
            Error = error,
            Changes = changes,
            CreatedAt = now,
        };

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

    private static string? Changes(EntityEntry row, PropertyEntry[] changed)
    {
        if (changed.Length == 0) return null;

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            foreach (var property in changed)
            {
                json.WriteStartObject(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Metadata.Name));
                Write(json, "old", property.Metadata, row.State == EntityState.Added ? null : property.OriginalValue);
                Write(json, "new", property.Metadata, row.State == EntityState.Deleted ? null : property.CurrentValue);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyProperty property, object? value)
    {
        json.WritePropertyName(name);
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case var _ when property.IsMaskedInAudit(): json.WriteStringValue("***"); break;
            case Enum: json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!)); break;
            default: JsonSerializer.Serialize(json, value, value.GetType(), JsonSerializerOptions.Web); break;
        }
    }
}

internal sealed class AuditTrail(AppDbContext db, UnitOfWorkScope scope, TimeProvider time) : IAuditTrail
{
    public void Record(string action, AuditStatus status, string resource, string? resourceId, string? error, Guid? actorUserId) =>
        db.Add(AuditWriter.Entry(scope, action, status, resource, resourceId, error, null, actorUserId ?? scope.Actor.UserId, time.GetUtcNow()));
}
