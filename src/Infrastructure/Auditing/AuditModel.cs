using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

/// <summary>What the model says about auditing, beside each column: the writer needs no list of its own.</summary>
internal static class AuditModel
{
    private const string Resource = "Audit:Resource";
    private const string Together = "Audit:Together";
    private const string Bookkeeping = "Audit:Bookkeeping";
    private const string OnceMade = "Audit:OnceMade";
    private const string Masked = "Audit:Masked";
    private const string Left = "Audit:Left";

    /// <summary>Changes of these rows have entries, under this name.</summary>
    public static EntityTypeBuilder<T> IsAudited<T>(this EntityTypeBuilder<T> entity, string resource) where T : class
    {
        entity.Metadata.SetAnnotation(Resource, resource);
        return entity;
    }

    /// <summary>Changes of these rows have one entry together: that which says what was done, or else one that names the use case.</summary>
    public static EntityTypeBuilder<T> IsAuditedTogether<T>(this EntityTypeBuilder<T> entity) where T : class
    {
        entity.Metadata.SetAnnotation(Together, true);
        return entity;
    }

    /// <summary>A change of nothing else has no entry.</summary>
    /// <param name="reason">Why nobody misses one.</param>
    public static EntityTypeBuilder<T> IsBookkeeping<T>(this EntityTypeBuilder<T> entity, string reason) where T : class
    {
        entity.Metadata.SetAnnotation(Bookkeeping, reason);
        return entity;
    }

    /// <summary>The same, but a new row comes of something that has an entry.</summary>
    public static EntityTypeBuilder<T> IsBookkeepingOnceMade<T>(this EntityTypeBuilder<T> entity, string reason) where T : class
    {
        entity.Metadata.SetAnnotation(OnceMade, true);
        return entity.IsBookkeeping(reason);
    }

    /// <summary>The entry says that it changed, and not to what.</summary>
    public static PropertyBuilder<T> IsSecret<T>(this PropertyBuilder<T> property)
    {
        property.Metadata.SetAnnotation(Masked, true);
        return property;
    }

    /// <summary>Bookkeeping: a change of nothing else has no entry.</summary>
    public static PropertyBuilder<T> IsNotAudited<T>(this PropertyBuilder<T> property)
    {
        property.Metadata.SetAnnotation(Left, true);
        return property;
    }

    public static string? AuditResource(this IReadOnlyEntityType entity) => entity.FindAnnotation(Resource)?.Value as string;

    public static bool IsAuditedTogether(this IReadOnlyEntityType entity) => entity.FindAnnotation(Together) is not null;

    public static string? BookkeepingReason(this IReadOnlyEntityType entity) => entity.FindAnnotation(Bookkeeping)?.Value as string;

    /// <summary>Whether a change of such a row, or a new one, may not go without an entry in its transaction.</summary>
    public static bool NeedsEntry(this IReadOnlyEntityType entity, bool isNew) => entity.BookkeepingReason() is null || isNew && entity.FindAnnotation(OnceMade) is not null;

    public static bool IsMaskedInAudit(this IReadOnlyProperty property) => property.FindAnnotation(Masked) is not null;

    public static bool IsLeftOutOfAudit(this IReadOnlyProperty property) => property.FindAnnotation(Left) is not null;
}
