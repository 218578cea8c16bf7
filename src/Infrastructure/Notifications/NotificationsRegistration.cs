using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Notifications;
using GoApi.Infrastructure.BackgroundWork;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Notifications;

internal static class NotificationsRegistration
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddScoped<INotificationRepository, NotificationRepository>();
        services.AddScoped<INotificationQueries, NotificationQueries>();
        services.AddScoped<DeliveryLedger>();
        services.AddScoped<IDeliveries, Deliveries>();
        services.AddScoped<IDeliveryReports, DeliveryReports>();
        services.AddScoped<IBatches, Batches>();
        services.AddScoped<IPersonalData, NotificationsPersonalData>();
        services.AddScoped<IRetention, NotificationRetention>();
        return services;
    }
}
