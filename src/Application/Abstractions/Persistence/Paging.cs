using FluentValidation;

namespace GoApi.Application.Abstractions.Persistence;

/// <summary>The query string of a list, validated before the query runs. Marks records that endpoints bind with <c>[AsParameters]</c>.</summary>
public interface IListFilter;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Page">From 1; not together with <paramref name="Cursor"/>.</param>
/// <param name="Limit">Items a page, 1 to 100; 20 where it is not given.</param>
/// <param name="Cursor">The <c>next_cursor</c> of an earlier answer: nothing is counted then.</param>
public sealed record PageRequest(int? Page, int? Limit, string? Cursor) : IListFilter
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>Deeper than this an offset costs more than any reader needs; a cursor goes on to the end.</summary>
    public const int MaxPage = 10_000;

    public int Size => Limit ?? DefaultLimit;

    public int Number => Page ?? 1;
}

internal sealed class PageRequestValidator : AbstractValidator<PageRequest>
{
    public PageRequestValidator()
    {
        RuleFor(request => request.Page).InclusiveBetween(1, PageRequest.MaxPage);
        RuleFor(request => request.Limit).InclusiveBetween(1, PageRequest.MaxLimit);
        RuleFor(request => request.Cursor).MaximumLength(1024);
        RuleFor(request => request.Page).Null().When(request => request.Cursor is not null).WithMessage("Give either a page or a cursor.");
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Number">Null where a cursor was given.</param>
/// <param name="Total">All items behind the filter; null where a cursor was given.</param>
/// <param name="NextCursor">Opaque; null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Limit, int? Number, long? Total, string? NextCursor)
{
    public Page<TShown> Select<TShown>(Func<T, TShown> show) => new([.. Items.Select(show)], Limit, Number, Total, NextCursor);
}

public static class SortRules
{
    /// <summary><c>field</c> or <c>-field</c>, one of those named.</summary>
    public static IRuleBuilderOptions<T, string?> SortedBy<T>(this IRuleBuilder<T, string?> rule, params string[] fields) =>
        rule.Must(sort => sort is null || fields.Contains(sort.TrimStart('-')) && sort.LastIndexOf('-') <= 0)
            .WithMessage($"Sort by one of {string.Join(", ", fields)}; a leading '-' turns the order round.");
}
