using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Persistence;

/// <summary>What the model says about personal data, beside each column: the audit trail, the export, the erasure and their tests have no list of their own.</summary>
internal static class PersonalModel
{
    private const string Owner = "Personal:Owner";
    private const string Personal = "Personal:Column";

    /// <summary>Names the column with the id of the person whose row it is.</summary>
    public static EntityTypeBuilder<T> BelongsToPerson<T>(this EntityTypeBuilder<T> entity, Expression<Func<T, object?>> userId) where T : class
    {
        var member = userId.Body is UnaryExpression convert ? convert.Operand : userId.Body;
        entity.Metadata.SetAnnotation(Owner, ((MemberExpression)member).Member.Name);
        return entity;
    }

    /// <summary>It tells something of the person whose row it is, and is gone after the erasure.</summary>
    public static PropertyBuilder<T> IsPersonal<T>(this PropertyBuilder<T> property)
    {
        property.Metadata.SetAnnotation(Personal, nameof(PersonalKind.Exported));
        return property;
    }

    /// <summary>The same, but it is a secret that the export does not show either: a hash, a key.</summary>
    public static PropertyBuilder<T> IsPersonalSecret<T>(this PropertyBuilder<T> property)
    {
        property.Metadata.SetAnnotation(Personal, nameof(PersonalKind.Secret));
        return property;
    }

    /// <summary>The property with the id of the person; null where rows belong to nobody.</summary>
    public static IReadOnlyProperty? PersonProperty(this IReadOnlyEntityType entity) =>
        entity.FindAnnotation(Owner)?.Value is string name ? entity.FindProperty(name) : null;

    public static PersonalKind? Personality(this IReadOnlyProperty property) =>
        property.FindAnnotation(Personal)?.Value is string kind ? Enum.Parse<PersonalKind>(kind) : null;
}

internal enum PersonalKind
{
    Exported,
    Secret,
}
