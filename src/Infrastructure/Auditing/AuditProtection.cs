using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GoApi.Infrastructure.Encryption;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Auditing;

/// <summary>
/// Encrypts what is personal in audit entries before they are written, and decrypts it for whoever may read it. Each text is bound to its
/// entry and field: it cannot be moved to another one. Names, shape and everything that is not personal stay readable. Beside each entry it
/// puts what it is found by whose address is asked for.
/// </summary>
internal sealed class AuditProtection(PersonKeys keys, AddressDigest digest)
{
    /// <summary>Before an encrypted text; in <c>changes</c> it is the one member of an object in place of the value.</summary>
    public const string Mark = "encrypted";

    /// <summary>How long the stored form of a text can be.</summary>
    /// <param name="length">Of the text, in UTF-16: each unit takes three octets of UTF-8 at most.</param>
    public static int StoredLength(int length) => Prefix.Length + (length * 3 + Aes256Gcm.Overhead + 2) / 3 * 4;

    private const string Prefix = Mark + ":";
    private const string IpAddress = "ip_address";
    private const string UserAgent = "user_agent";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every new entry of the unit of work. Without a round trip, where the keys are known.</summary>
    public async ValueTask ProtectAsync(AppDbContext db, CancellationToken ct)
    {
        var entries = Unprotected(db);
        if (entries.Count == 0) return;

        var persons = entries.SelectMany(Persons).ToHashSet();
        Protect(db, entries, persons.Count == 0 ? NoKeys : await keys.ToWriteAsync(db, persons, ct));
    }

    /// <summary>The same where nothing can be waited for; such a save has no entries of persons.</summary>
    public void Protect(AppDbContext db)
    {
        var entries = Unprotected(db);
        if (entries.SelectMany(Persons).Any()) throw new InvalidOperationException("What is written down of a person is saved asynchronously, because it needs their key.");
        Protect(db, entries, NoKeys);
    }

    /// <summary>The rows that entries from this address are found by; null where it is no address.</summary>
    public IQueryable<AuditAddress>? From(AppDbContext db, string address) => digest.Of(address) is { } of ? db.Set<AuditAddress>().AsNoTracking().Where(row => row.Digest == of) : null;

    /// <summary>The key of each person that can still be read.</summary>
    public Task<IReadOnlyDictionary<Guid, byte[]>> KeysAsync(AppDbContext db, IReadOnlyCollection<Guid> persons, CancellationToken ct) => keys.ToReadAsync(db, persons, ct);

    /// <summary>Null where it is erased.</summary>
    public static string? IpAddressOf(AuditEntry entry, IReadOnlyDictionary<Guid, byte[]> keys) => Open(entry, IpAddress, entry.IpAddress, keys);

    /// <summary>Null where it is erased.</summary>
    public static string? UserAgentOf(AuditEntry entry, IReadOnlyDictionary<Guid, byte[]> keys) => Open(entry, UserAgent, entry.UserAgent, keys);

    /// <summary>With the values in place of what they were encrypted to, and null where they are erased.</summary>
    public static JsonElement? ChangesOf(AuditEntry entry, IReadOnlyDictionary<Guid, byte[]> keys)
    {
        if (entry.Changes is not { } changes) return null;

        using var stored = JsonDocument.Parse(changes);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            foreach (var field in stored.RootElement.EnumerateObject())
            {
                json.WriteStartObject(field.Name);
                foreach (var value in field.Value.EnumerateObject())
                {
                    json.WritePropertyName(value.Name);
                    if (value.Value.ValueKind != JsonValueKind.Object) value.Value.WriteTo(json);
                    else json.WriteRawValue(Open(KeyOf(entry.SubjectUserId, keys), Context(entry, field.Name, value.Name), value.Value.GetProperty(Mark).GetString()!) ?? "null");
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        using var opened = JsonDocument.Parse(buffer.ToArray());
        return opened.RootElement.Clone();
    }

    private static readonly IReadOnlyDictionary<Guid, KeyToWrite> NoKeys = new Dictionary<Guid, KeyToWrite>();

    private static List<AuditEntry> Unprotected(AppDbContext db) =>
        [.. db.ChangeTracker.Entries<AuditEntry>().Where(row => row is { State: EntityState.Added, Entity.IsProtected: false }).Select(row => row.Entity)];

    private static IEnumerable<Guid> Persons(AuditEntry entry)
    {
        if (entry.CallerId is { } caller && (entry.IpAddress ?? entry.UserAgent) is not null) yield return caller;
        if (entry.SubjectUserId is { } subject && entry.Fields.Any(field => field.IsPersonal)) yield return subject;
    }

    private void Protect(AppDbContext db, List<AuditEntry> entries, IReadOnlyDictionary<Guid, KeyToWrite> keys)
    {
        foreach (var entry in entries)
        {
            var callerKey = KeyOf(entry.CallerId, keys);
            // Of somebody who is erased there is no row any more, and none is added.
            if (callerKey is not { IsDestroyed: true } && digest.Of(entry.IpAddress) is { } found) db.Add(new AuditAddress { Digest = found, EntryId = entry.Id, UserId = entry.CallerId });
            if (callerKey?.Key is { } caller)
            {
                if (entry.IpAddress is { } address) entry.IpAddress = Prefix + Encrypt(caller, Context(entry, IpAddress), address);
                if (entry.UserAgent is { } agent) entry.UserAgent = Prefix + Encrypt(caller, Context(entry, UserAgent), agent);
            }

            if (entry.Fields.Count > 0) entry.Changes = Changes(entry, KeyOf(entry.SubjectUserId, keys)?.Key);
            entry.IsProtected = true;
        }
    }

    private static string Changes(AuditEntry entry, byte[]? key)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            foreach (var field in entry.Fields)
            {
                json.WriteStartObject(field.Name);
                Write(json, entry, field, "old", field.Old, key);
                Write(json, entry, field, "new", field.New, key);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry, AuditedField field, string name, string value, byte[]? key)
    {
        json.WritePropertyName(name);
        if (!field.IsPersonal || key is null || value == "null")
        {
            json.WriteRawValue(value);
            return;
        }

        json.WriteStartObject();
        json.WriteString(Mark, Encrypt(key, Context(entry, field.Name, name), value));
        json.WriteEndObject();
    }

    // Entries from before this, and of callers whom nobody knows, are as they came.
    private static string? Open(AuditEntry entry, string field, string? stored, IReadOnlyDictionary<Guid, byte[]> keys) =>
        stored is not null && entry.CallerId is { } caller && stored.StartsWith(Prefix, StringComparison.Ordinal)
            ? Open(KeyOf(caller, keys), Context(entry, field), stored[Prefix.Length..])
            : stored;

    private static string? Open(byte[]? key, string context, string encrypted)
    {
        if (key is null) return null;

        try
        {
            return Encoding.UTF8.GetString(Aes256Gcm.Decrypt(key, Convert.FromBase64String(encrypted), context));
        }
        catch (CryptographicException)
        {
            // Written with a key that was destroyed by then; or moved here from another entry. A key that is there and cannot be decrypted is
            // not this: whoever asked for the keys was told so (UndecryptableException).
            return null;
        }
    }

    private static string Encrypt(byte[] key, string context, string text) => Convert.ToBase64String(Aes256Gcm.Encrypt(key, Encoding.UTF8.GetBytes(text), context));

    private static byte[]? KeyOf(Guid? person, IReadOnlyDictionary<Guid, byte[]> keys) => person is { } id ? keys.GetValueOrDefault(id) : null;

    private static KeyToWrite? KeyOf(Guid? person, IReadOnlyDictionary<Guid, KeyToWrite> keys) => person is { } id && keys.TryGetValue(id, out var key) ? key : null;

    private static string Context(AuditEntry entry, params ReadOnlySpan<string> path) => $"{entry.Id}:{string.Join('.', path)}";
}
