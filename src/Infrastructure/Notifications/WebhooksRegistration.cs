using GoApi.Application.Notifications;
using GoApi.Infrastructure.SendGrid;
using GoApi.Infrastructure.Twilio;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Notifications;

internal static class WebhooksRegistration
{
    /// <summary>Also those of providers that are not configured: they refuse everything.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<IDeliveryWebhook, SendGridWebhook>().AddSingleton<IDeliveryWebhook, TwilioWebhook>();
}
