using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Reviews;

internal static class ReviewsRegistration
{
    public static IServiceCollection AddReviews(this IServiceCollection services)
    {
        services.AddScoped<IReviewRepository, ReviewRepository>();
        services.AddScoped<ReviewQueries>();
        services.AddScoped<IReviewQueries, CachedReviewQueries>();
        services.InvalidateCache<Review>(CachedReviewQueries.TagsOf);
        services.InvalidateCache<AppUser>(CachedReviewQueries.TagsOf);
        services.AddScoped<IPersonalData, ReviewsPersonalData>();
        return services;
    }
}
