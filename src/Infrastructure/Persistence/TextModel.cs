using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Every text in the database has a length, or is said to have none; the architecture tests hold the model to that. Some have an order.</summary>
internal static class TextModel
{
    private const string Unbounded = "Text:Unbounded";
    private const string Ordinal = "Text:Ordinal";

    /// <summary>Its length is bounded by what it is made from, not by the column.</summary>
    public static PropertyBuilder<string?> IsUnbounded(this PropertyBuilder<string?> property)
    {
        property.Metadata.SetAnnotation(Unbounded, true);
        return property;
    }

    /// <summary>
    /// Compared by code points, as SQLite does anyway: the order is the same in both databases, whatever PostgreSQL's locale, and an index
    /// serves what begins with something.
    /// </summary>
    public static PropertyBuilder<T> IsOrdinal<T>(this PropertyBuilder<T> property)
    {
        property.Metadata.SetAnnotation(Ordinal, true);
        return property;
    }

    public static bool IsComparedByCodePoints(this IReadOnlyProperty property) => property.FindAnnotation(Ordinal) is not null;

    public static bool IsMeantToBeUnbounded(this IReadOnlyProperty property) => property.FindAnnotation(Unbounded) is not null;
}
