using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Auditing;

/// <summary>What the model says about auditing, beside each column: the writer needs no list of its own.</summary>
internal static class AuditModel
{
    private const string Resource = "Audit:Resource";
    private const string Masked = "Audit:Masked";
    private const string Left = "Audit:Left";

    /// <summary>Changes of these rows have entries, under this name.</summary>
    public static EntityTypeBuilder<T> IsAudited<T>(this EntityTypeBuilder<T> entity, string resource) where T : class
    {
        entity.Metadata.SetAnnotation(Resource, resource);
        return entity;
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

    public static bool IsMaskedInAudit(this IReadOnlyProperty property) => property.FindAnnotation(Masked) is not null;

    public static bool IsLeftOutOfAudit(this IReadOnlyProperty property) => property.FindAnnotation(Left) is not null;
}
