using System.Linq.Expressions;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Projections that are made of others, so that what several of them have in common is written once.</summary>
internal static class Projection
{
    /// <summary>All that the base projection shows, and more.</summary>
    /// <param name="more">Its second parameter stands for what the base projection makes of the row.</param>
    public static Expression<Func<TRow, TShown>> With<TRow, TBase, TShown>(this Expression<Func<TRow, TBase>> shown, Expression<Func<TRow, TBase, TShown>> more)
    {
        var inner = new Replace(shown.Parameters[0], more.Parameters[0]).Visit(shown.Body);
        return Expression.Lambda<Func<TRow, TShown>>(new Replace(more.Parameters[1], inner).Visit(more.Body), more.Parameters[0]);
    }

    private sealed class Replace(ParameterExpression parameter, Expression by) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == parameter ? by : node;
    }
}
