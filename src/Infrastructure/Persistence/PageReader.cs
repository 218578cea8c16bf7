using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Reads one page of a list, by number (counted) or by cursor (not counted, and as fast on the last page as on the first).</summary>
internal sealed class PageReader(CursorCodec cursors)
{
    private const int BatchSize = 500;

    private static Error NotOurs => Error.BadRequest("The cursor is not one that this list gave.", "cursor");

    /// <param name="list">Names the list; cursors of another one are refused.</param>
    /// <param name="rows">What is counted.</param>
    /// <param name="show">What is made of each row; a join here is not part of the count.</param>
    /// <param name="order">Total: ties are broken by the id.</param>
    public async Task<Result<Page<T>>> ReadAsync<TRow, T>(
        string list, IQueryable<TRow> rows, Func<IQueryable<TRow>, IQueryable<T>> show, ListOrder<T> order, PageRequest page, CancellationToken ct)
    {
        var name = $"{list}|{order.Name}";
        var ordered = order.Apply(show(rows));
        if (page.Cursor is { } cursor)
        {
            if (cursors.Decode(name, cursor) is not { } position || order.After(ordered, position) is not { } rest)
                return NotOurs;

            var found = await rest.Take(page.Size + 1).ToListAsync(ct);
            var (items, next) = Cut(found, name, order, page);
            return new Page<T>(items, page.Size, null, null, next);
        }
        else
        {
            // The count comes with the rows: one round trip, and the database counts once.
            var skipped = page.Number > 1 ? ordered.Skip((page.Number - 1) * page.Size) : ordered;
            var found = await skipped.Take(page.Size + 1).Select(item => new { Item = item, Total = rows.LongCount() }).ToListAsync(ct);
            var total = found is [var first, ..] ? first.Total : page.Number == 1 ? 0 : await rows.LongCountAsync(ct);
            var (items, next) = Cut(found.ConvertAll(row => row.Item), name, order, page);
            return new Page<T>(items, page.Size, page.Number, total, next);
        }
    }

    /// <summary>The same for a list that knows better than one query how it is found and counted.</summary>
    /// <param name="read">What is behind the position (null: from the beginning), past so many, at most so many; null where it cannot read the position.</param>
    /// <param name="count">Not asked where a cursor was given.</param>
    public async Task<Result<Page<T>>> ReadAsync<T>(
        string list, ListOrder<T> order, Func<string?, int, int, Task<List<T>>?> read, Func<Task<long>> count, PageRequest page)
    {
        var name = $"{list}|{order.Name}";
        if (page.Cursor is { } cursor)
        {
            if (cursors.Decode(name, cursor) is not { } position || read(position, 0, page.Size + 1) is not { } rest) return NotOurs;

            var (items, next) = Cut(await rest, name, order, page);
            return new Page<T>(items, page.Size, null, null, next);
        }
        else
        {
            var found = await read(null, (page.Number - 1) * page.Size, page.Size + 1)!;
            var total = await count();
            var (items, next) = Cut(found, name, order, page);
            return new Page<T>(items, page.Size, page.Number, total, next);
        }
    }

    /// <summary>All of them, in batches that each begin behind the last one: whatever their number, no more than one batch is in memory.</summary>
    public static async IAsyncEnumerable<T> StreamAsync<TRow, T>(
        IQueryable<TRow> rows, Func<IQueryable<TRow>, IQueryable<T>> show, ListOrder<T> order, [EnumeratorCancellation] CancellationToken ct)
    {
        var ordered = order.Apply(show(rows));
        for (var batch = await ordered.Take(BatchSize).ToListAsync(ct); ; batch = await order.After(ordered, order.PositionOf(batch[^1]))!.Take(BatchSize).ToListAsync(ct))
        {
            foreach (var item in batch) yield return item;
            if (batch.Count < BatchSize) yield break;
        }
    }

    // One more than is shown tells whether there is a next page.
    private (List<T> Items, string? Next) Cut<T>(List<T> found, string name, ListOrder<T> order, PageRequest page)
    {
        if (found.Count <= page.Size) return (found, null);

        found.RemoveAt(page.Size);
        return (found, cursors.Encode(name, order.PositionOf(found[^1])));
    }
}

/// <summary>An order of a list and how to go on behind a position in it.</summary>
internal abstract class ListOrder<T>(string name)
{
    public string Name => name;

    public abstract IQueryable<T> Apply(IQueryable<T> items);

    /// <summary>What comes behind the position; null where it cannot be read.</summary>
    public abstract IQueryable<T>? After(IQueryable<T> items, string position);

    public abstract string PositionOf(T item);
}

/// <summary>By id, which is by creation: ids are UUIDs of version 7.</summary>
internal sealed class ByCreation<T>(Expression<Func<T, Guid>> id, bool newestFirst) : ListOrder<T>(newestFirst ? "-created_at" : "created_at")
{
    private readonly Func<T, Guid> idOf = id.Compile();

    public override IQueryable<T> Apply(IQueryable<T> items) => newestFirst ? items.OrderByDescending(id) : items.OrderBy(id);

    public override IQueryable<T>? After(IQueryable<T> items, string position) => Guid.TryParse(position, out var last)
        ? items.Where(Keyset.Compare(newestFirst ? ExpressionType.LessThan : ExpressionType.GreaterThan, id, last))
        : null;

    public override string PositionOf(T item) => idOf(item).ToString();
}

/// <summary>By a field, then by id.</summary>
/// <param name="format">One that loses nothing of the key, where the usual one does.</param>
internal sealed class ByField<T, TKey>(string field, bool descending, Expression<Func<T, TKey>> key, Expression<Func<T, Guid>> id, string? format = null)
    : ListOrder<T>(descending ? $"-{field}" : field) where TKey : struct, IComparable<TKey>, IParsable<TKey>, IFormattable
{
    private readonly Func<T, TKey> keyOf = key.Compile();
    private readonly Func<T, Guid> idOf = id.Compile();

    public override IQueryable<T> Apply(IQueryable<T> items) =>
        descending ? items.OrderByDescending(key).ThenByDescending(id) : items.OrderBy(key).ThenBy(id);

    public override IQueryable<T>? After(IQueryable<T> items, string position)
    {
        if (position.Split('|') is not [var keyText, var idText]) return null;
        if (!TKey.TryParse(keyText, CultureInfo.InvariantCulture, out var lastKey) || !Guid.TryParse(idText, out var lastId)) return null;

        var (atOrBehind, behind) = descending
            ? (ExpressionType.LessThanOrEqual, ExpressionType.LessThan)
            : (ExpressionType.GreaterThanOrEqual, ExpressionType.GreaterThan);

        // The first condition alone bounds the index; the second cuts the ties.
        return items.Where(Keyset.Compare(atOrBehind, key, lastKey))
            .Where(Keyset.Either(Keyset.Compare(behind, key, lastKey), Keyset.Compare(behind, id, lastId)));
    }

    public override string PositionOf(T item) => $"{keyOf(item).ToString(format, CultureInfo.InvariantCulture)}|{idOf(item)}";
}

/// <summary>By a text, then by id.</summary>
internal sealed class ByText<T>(string field, bool descending, Expression<Func<T, string>> key, Expression<Func<T, Guid>> id)
    : ListOrder<T>(descending ? $"-{field}" : field)
{
    private readonly Func<T, string> keyOf = key.Compile();
    private readonly Func<T, Guid> idOf = id.Compile();

    public override IQueryable<T> Apply(IQueryable<T> items) =>
        descending ? items.OrderByDescending(key).ThenByDescending(id) : items.OrderBy(key).ThenBy(id);

    public override IQueryable<T>? After(IQueryable<T> items, string position)
    {
        // The text may hold anything, so it comes last.
        if (position.Split('|', 2) is not [var idText, var lastKey] || !Guid.TryParse(idText, out var lastId)) return null;

        var (atOrBehind, behind) = descending
            ? (ExpressionType.LessThanOrEqual, ExpressionType.LessThan)
            : (ExpressionType.GreaterThanOrEqual, ExpressionType.GreaterThan);
        return items.Where(Keyset.CompareText(atOrBehind, key, lastKey))
            .Where(Keyset.Either(Keyset.CompareText(behind, key, lastKey), Keyset.Compare(behind, id, lastId)));
    }

    public override string PositionOf(T item) => $"{idOf(item)}|{keyOf(item)}";
}

/// <summary>By a number that the database counts up: no two rows have the same.</summary>
internal sealed class BySequence<T>(Expression<Func<T, long>> sequence, bool newestFirst) : ListOrder<T>(newestFirst ? "-sequence" : "sequence")
{
    private readonly Func<T, long> sequenceOf = sequence.Compile();

    public override IQueryable<T> Apply(IQueryable<T> items) => newestFirst ? items.OrderByDescending(sequence) : items.OrderBy(sequence);

    public override IQueryable<T>? After(IQueryable<T> items, string position) =>
        long.TryParse(position, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var last)
            ? items.Where(Keyset.Compare(newestFirst ? ExpressionType.LessThan : ExpressionType.GreaterThan, sequence, last))
            : null;

    public override string PositionOf(T item) => sequenceOf(item).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

internal static class Keyset
{
    private static readonly MethodInfo CompareTexts = ((Func<string, string, int>)string.Compare).Method;

    public static Expression<Func<T, bool>> Compare<T, TKey>(ExpressionType comparison, Expression<Func<T, TKey>> key, TKey value) =>
        Expression.Lambda<Func<T, bool>>(Expression.MakeBinary(comparison, key.Body, Parameter(value)), key.Parameters);

    // Expressions have no operators for text; this is what EF Core makes them of.
    public static Expression<Func<T, bool>> CompareText<T>(ExpressionType comparison, Expression<Func<T, string>> key, string value) => Expression.Lambda<Func<T, bool>>(
        Expression.MakeBinary(comparison, Expression.Call(CompareTexts, key.Body, Parameter(value)), Expression.Constant(0)), key.Parameters);

    public static Expression<Func<T, bool>> Either<T>(Expression<Func<T, bool>> left, Expression<Func<T, bool>> right) =>
        Expression.Lambda<Func<T, bool>>(Expression.OrElse(left.Body, new Rename(right.Parameters[0], left.Parameters[0]).Visit(right.Body)), left.Parameters);

    // A field of a captured object becomes a parameter of the statement; a constant would make a new plan for each value.
    private static MemberExpression Parameter<TKey>(TKey value) => Expression.Field(Expression.Constant(new Box<TKey> { Value = value }), nameof(Box<TKey>.Value));

    private sealed class Box<TKey>
    {
        public required TKey Value;
    }

    private sealed class Rename(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }
}
