namespace GoApi.Application.Abstractions.Persistence;

/// <summary>A single mutable resource: its version becomes a strong ETag (RFC 9110, section 8.8.3).</summary>
public interface IVersioned
{
    int Version { get; }
}
