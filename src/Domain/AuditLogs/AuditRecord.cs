using System.Buffers;

namespace GoApi.Domain.AuditLogs;

/// <summary>
/// One entry of the audit trail exactly as it is stored: what is personal is still encrypted, so the record stays as it is when the person
/// is erased. Its canonical form (RFC 8785) is what a leaf of the tree is the hash of, and a line of an exported file.
/// </summary>
public sealed record AuditRecord
{
    public required long Sequence { get; init; }

    public required Guid Id { get; init; }

    public required Guid? ActorUserId { get; init; }

    public required string? ActorClientId { get; init; }

    public required Guid? SubjectUserId { get; init; }

    public required string Action { get; init; }

    public required string Resource { get; init; }

    public required string? ResourceId { get; init; }

    public required string? IpAddress { get; init; }

    public required string? UserAgent { get; init; }

    public required string RequestId { get; init; }

    public required string Status { get; init; }

    public required string? Error { get; init; }

    /// <summary>The stored text, which is JSON: a text in the record as well.</summary>
    public required string? Changes { get; init; }

    /// <summary>To the microsecond, which is what both databases keep.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Writes the canonical form.</summary>
    public void WriteTo(IBufferWriter<byte> output) => new CanonicalJson(output)
        .Member("action", Action)
        .Member("actor_client_id", ActorClientId)
        .Member("actor_user_id", ActorUserId)
        .Member("changes", Changes)
        .Member("created_at", CreatedAt, digits: 6)
        .Member("error", Error)
        .Member("id", Id)
        .Member("ip_address", IpAddress)
        .Member("request_id", RequestId)
        .Member("resource", Resource)
        .Member("resource_id", ResourceId)
        .Member("sequence", Sequence)
        .Member("status", Status)
        .Member("subject_user_id", SubjectUserId)
        .Member("user_agent", UserAgent)
        .End();

    /// <summary>What the trees are made of.</summary>
    public byte[] LeafHash()
    {
        ArrayBufferWriter<byte> canonical = new(1_024);
        WriteTo(canonical);
        return MerkleTree.LeafHash(canonical.WrittenSpan);
    }
}
