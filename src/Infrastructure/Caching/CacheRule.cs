using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Caching;

/// <summary>Which tags a change of such a row invalidates.</summary>
internal sealed record CacheRule(Type Row, Func<EntityEntry, IEnumerable<string>> TagsOf);

internal static class CacheRules
{
    /// <summary>
    /// Every tracked row that is added, changed or deleted invalidates these tags in the same transaction. <c>ExecuteUpdate</c> and raw SQL track
    /// nothing: whoever changes what is cached by them adds the <see cref="CacheInvalidation"/> himself.
    /// </summary>
    public static IServiceCollection InvalidateCache<T>(this IServiceCollection services, Func<EntityEntry<T>, T, IEnumerable<string>> tagsOf) where T : class =>
        services.AddSingleton(new CacheRule(typeof(T), entry => tagsOf(entry.Context.Entry((T)entry.Entity), (T)entry.Entity)));

    /// <summary>The values that the rows have and had: what moves from one to the other is out of date in both.</summary>
    public static IEnumerable<string> Both<T>(this EntityEntry<T> entry, string property, Func<string?, string> tagOf) where T : class
    {
        var value = entry.Property<string?>(property);
        yield return tagOf(value.CurrentValue);
        if (entry.State != EntityState.Added && value.OriginalValue != value.CurrentValue) yield return tagOf(value.OriginalValue);
    }
}
