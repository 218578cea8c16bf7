using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Every text in the database has a length, or is said to have none; the architecture tests hold the model to that.</summary>
internal static class TextModel
{
    private const string Unbounded = "Text:Unbounded";

    /// <summary>Its length is bounded by what it is made from, not by the column.</summary>
    public static PropertyBuilder<string?> IsUnbounded(this PropertyBuilder<string?> property)
    {
        property.Metadata.SetAnnotation(Unbounded, true);
        return property;
    }

    public static bool IsMeantToBeUnbounded(this IReadOnlyProperty property) => property.FindAnnotation(Unbounded) is not null;
}
