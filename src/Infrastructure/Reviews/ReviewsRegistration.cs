using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Reviews;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Reviews;

internal static class ReviewsRegistration
{
    public static IServiceCollection AddReviews(this IServiceCollection services)
    {
        services.AddScoped<IReviewRepository, ReviewRepository>();
        services.AddScoped<IReviewQueries, ReviewQueries>();
        services.AddScoped<IPersonalData, ReviewsPersonalData>();
        return services;
    }
}
